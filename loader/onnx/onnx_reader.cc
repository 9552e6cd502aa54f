// SPDX-License-Identifier: Apache-2.0
#include "loader/onnx/onnx_reader.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/cast.h"
#include "engine/ops/select_input.h"
#include "loader/fail.h"
#include "loader/limits.h"
#include "loader/name_scope.h"
#include "loader/onnx/onnx_attributes.h"
#include "loader/onnx/onnx_node.h"
#include "loader/onnx/onnx_size.h"
#include "loader/onnx/onnx_tensor.h"
#include "loader/onnx/ops/onnx_ops.h"
#include "onnx.pb.h"

namespace u2net::engine {
namespace {

// Branches in branches. Each is read from the bytes of the one around it, so that a file takes at
// most so many times what its messages take.
constexpr int kMaxBranchDepth = 8;

// A message in the arena; null for bytes that are none.
template <class Message>
Message* parse(std::span<const std::byte> bytes, const MessageShape& shape,
               google::protobuf::Arena& arena) {
  check_message_size(bytes, shape);
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(kMaxProtobufDepth);
  auto* message = google::protobuf::Arena::CreateMessage<Message>(&arena);
  const bool is_whole =
      message->ParsePartialFromCodedStream(&stream) && stream.ConsumedEntireMessage();
  return is_whole ? message : nullptr;
}

bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

// An operator as messages call it: with its domain, where that is another than ONNX's own.
std::string name_of(const onnx::Node& node) {
  return (is_standard(node.domain()) ? "" : str_cat(node.domain(), ".")) + node.op_type();
}

class OnnxReader {
 public:
  OnnxReader(onnx::Model& model, OnnxData& data, google::protobuf::Arena& arena)
      : model_(model), data_(data), arena_(arena) {}

  Program read() {
    onnx::Graph& graph = *model_.mutable_graph();
    check_size(graph);
    read_opset();
    check_operators(graph);
    read_initialisers(graph);
    for (const onnx::ValueInfo& input : graph.input()) read_input(input);
    read_nodes(graph);
    read_outputs();
    graph_.forget_types();
    Program program{.graph = std::move(graph_.graph), .parameters = {}};
    program.opset = graph_.opset;
    if (halves_ > 0) {
      program.notes.push_back(
          str_cat(halves_, " weights of 16-bit floats were converted to float32"));
    }
    return program;
  }

 private:
  static void check_size(const onnx::Graph& graph) {
    const int values = graph.initializer_size() + graph.input_size();
    if (graph.node_size() > kMaxOps || values > kMaxVariables) {
      throw_error(ErrorCode::kModelLimit, "the graph has ", graph.node_size(), " operators and ",
                  values, " inputs and initialisers, the limits are ", kMaxOps, " and ",
                  kMaxVariables);
    }
    if (graph.sparse_initializer_size() > 0)
      fail_unsupported("sparse initialisers are not supported");
  }

  void read_opset() {
    for (const onnx::OperatorSet& set : model_.opset_import()) {
      if (is_standard(set.domain())) graph_.opset = set.version();
    }
    if (graph_.opset == 0) fail_format("it names no version of ONNX's operator set");
    if (graph_.opset >= kOldestOpset && graph_.opset <= kNewestOpset) return;
    throw Error(ErrorCode::kModelUnsupported,
                str_cat("it is of operator set ", graph_.opset, ", supported are ", kOldestOpset,
                        " to ", kNewestOpset),
                "convert it with onnx.version_converter");
  }

  // Names everything that is missing at once, but for what branches lack.
  static void check_operators(const onnx::Graph& graph) {
    std::map<std::string, int> unsupported;
    for (const onnx::Node& node : graph.node()) {
      const bool known =
          is_standard(node.domain()) && (node.op_type() == kOnnxConstant ||
                                         node.op_type() == kOnnxIf || find_onnx_op(node.op_type()));
      if (!known) ++unsupported[name_of(node)];
    }
    if (unsupported.empty()) return;
    std::string names;
    for (const auto& [type, count] : unsupported)
      append_word(names, str_cat(type, " (", count, "x)"));
    fail_unsupported(unsupported.size(),
                     unsupported.size() == 1 ? " operator is" : " operators are",
                     " not supported: ", names);
  }

  void define(const std::string& name, ValueId id) {
    if (!values_.emplace(name, id).second) fail_format("value '", name, "' is defined twice");
    if (depth_ > 0) of_branches_.push_back(name);
  }

  void read_initialisers(onnx::Graph& graph) {
    for (onnx::Tensor& tensor : *graph.mutable_initializer()) {
      const std::string where = str_cat("initialiser '", tensor.name(), "': ");
      define(tensor.name(),
             graph_.add_constant(tensor.name(), read_onnx_tensor(tensor, where, data_, halves_)));
    }
  }

  void read_nodes(onnx::Graph& graph) {
    for (int i = 0; i < graph.node_size(); ++i) read_node(*graph.mutable_node(i), i);
  }

  void read_input(const onnx::ValueInfo& input) {
    if (values_.contains(input.name())) return;  // an initialiser, which older files list as well
    const std::string where = str_cat("input '", input.name(), "' ");
    if (!input.type().has_tensor_type())
      fail_unsupported(where, "is not a tensor, which is not supported");
    const onnx::TensorType& declared = input.type().tensor_type();
    const OnnxElement* element = find_onnx_element(declared.elem_type());
    if (!element)
      fail_unsupported(where, "has elements of ", onnx_element_name(declared.elem_type()),
                       ", which are not supported");
    if (!declared.has_shape()) fail_unsupported(where, "has no rank, which is not supported");
    TensorType type{element->dtype, {}};
    for (const onnx::Dimension& dim : declared.shape().dim())
      type.shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
    if (type.shape.size() > kMaxRank)
      fail_unsupported(where, "has ", type.shape.size(), " dimensions, which is not supported");
    for (std::int64_t dim : type.shape) {
      if (dim < -1 || dim == 0) fail_format(where, "has shape ", type.shape);
    }
    const ValueId id = graph_.add_input(input.name(), type);
    define(input.name(), id);
    graph_.graph.inputs.push_back({input.name(), id});
  }

  void read_node(onnx::Node& node, int index) {
    const std::string where = str_cat("operator '", node.op_type(), "' (number ", index, ")");
    if (node.output_size() == 0 || node.output(0).empty()) fail_format(where, " has no output");
    const std::string& name = node.output(0);
    if (node.op_type() == kOnnxConstant)
      return define(name, graph_.add_constant(name, constant_of(node, where)));
    if (node.op_type() == kOnnxIf) return read_if(node, where);
    std::vector<ValueId> inputs;
    for (const std::string& input : node.input()) inputs.push_back(find(input, where));
    const Attributes attributes = read_onnx_attributes(node);
    OnnxNode converted(graph_, node.op_type(), attributes, std::move(inputs),
                       {node.output().begin(), node.output().end()}, scope_of(node));
    for (onnx::Attribute& a : *node.mutable_attribute()) {
      if (a.has_t())
        converted.tensors.emplace(
            a.name(), read_onnx_tensor(*a.mutable_t(), str_cat(where, ": "), data_, halves_));
    }
    find_onnx_op(node.op_type())->convert(converted);
    define_results(node, converted.results(), where);
  }

  void define_results(const onnx::Node& node, const std::vector<ValueId>& results,
                      const std::string& where) {
    for (int i = 0; i < node.output_size(); ++i) {
      if (static_cast<std::size_t>(i) >= results.size()) {
        left_out_.emplace(node.output(i), where);
        if (depth_ > 0) of_branches_.push_back(node.output(i));
      } else if (!node.output(i).empty()) {
        define(node.output(i), results[static_cast<std::size_t>(i)]);
      }
    }
  }

  // Where the condition is known, what the branch that is taken computes. Else both branches are
  // read, and planning chooses, for the sizes of a run.
  void read_if(onnx::Node& node, const std::string& where) {
    if (node.input_size() != 1) fail_format(where, " has ", node.input_size(), " inputs, not one");
    const ValueId condition = find(node.input(0), where);
    if (condition == kNoValue) fail_format(where, " has no condition");
    const Tensor* known = graph_.known(condition);
    if (known && known->size() != 1)
      fail_format(where, " has a condition of shape ", known->shape(), ", expected one element");
    if (known) {
      const char* taken = first_number(*known) != 0 ? kThen : kElse;
      return define_results(node, read_branch(node, taken, where), where);
    }
    const std::vector<ValueId> results[] = {read_branch(node, kElse, where),
                                            read_branch(node, kThen, where)};
    const Attributes none;
    OnnxNode n(graph_, node.op_type(), none, {condition},
               {node.output().begin(), node.output().end()}, scope_of(node));
    const ValueId number =
        n.add(make_operator<Cast>(CastOptions{.to = DType::kInt32, .from = DType::kBool}),
              {{condition}}, n.rank(0));
    std::vector<ValueId> chosen;
    for (std::size_t i = 0; i < results[0].size(); ++i) {
      const ValueId a = results[0][i], b = results[1][i];
      const int rank = graph_.rank(a) == graph_.rank(b) ? graph_.rank(a) : kUnknownRank;
      chosen.push_back(n.add(make_operator<SelectInput>(), {{a, b}, {number}}, rank));
    }
    define_results(node, chosen, where);
  }

  // The results of a branch, whose nodes become nodes of the graph. It sees the values around it,
  // and they do not see its own.
  std::vector<ValueId> read_branch(onnx::Node& node, const char* name, const std::string& where) {
    const auto& attributes = node.attribute();
    const auto attribute =
        std::find_if(attributes.begin(), attributes.end(),
                     [&](const onnx::Attribute& a) { return a.name() == name && a.has_g(); });
    if (attribute == attributes.end()) fail_format(where, " has no ", name);
    if (depth_ == kMaxBranchDepth) {
      throw_error(ErrorCode::kModelLimit, where, " lies in ", depth_,
                  " branches, which is the limit");
    }
    const std::string& bytes = attribute->g();
    auto* graph = parse<onnx::Graph>(std::as_bytes(std::span(bytes)), onnx_graph_shape(), arena_);
    if (!graph) fail_format(where, " has a damaged ", name);
    check_size(*graph);
    check_operators(*graph);
    if (graph->input_size() > 0)
      fail_format(where, " has a ", name, " with ", graph->input_size(), " inputs, expected none");
    if (graph->output_size() != node.output_size()) {
      fail_format(where, " has ", node.output_size(), " outputs, its ", name, " ",
                  graph->output_size());
    }
    const std::size_t begin = of_branches_.size();
    ++depth_;
    read_initialisers(*graph);
    read_nodes(*graph);
    std::vector<ValueId> results;
    for (const onnx::ValueInfo& output : graph->output()) {
      results.push_back(find(output.name(), where));
      if (results.back() == kNoValue)
        fail_format(where, " has an output without a name in its ", name);
    }
    --depth_;
    for (std::size_t i = begin; i < of_branches_.size(); ++i) {
      values_.erase(of_branches_[i]);
      left_out_.erase(of_branches_[i]);
    }
    of_branches_.resize(begin);
    return results;
  }

  ValueId find(const std::string& name, const std::string& where) const {
    if (name.empty()) return kNoValue;
    const auto value = values_.find(name);
    if (value != values_.end()) return value->second;
    if (const auto of = left_out_.find(name); of != left_out_.end())
      fail_unsupported("output '", name, "' of ", of->second, " is not supported");
    fail_format(where, " reads '", name, "', which nothing before it defines");
  }

  Tensor constant_of(onnx::Node& node, const std::string& where) {
    for (onnx::Attribute& a : *node.mutable_attribute()) {
      if (a.name() == "value" && a.has_t())
        return read_onnx_tensor(*a.mutable_t(), str_cat(where, ": "), data_, halves_);
      if (a.name() == "value_int")
        return Tensor::from<std::int64_t>({}, std::vector<std::int64_t>{a.i()});
      if (a.name() == "value_float") return Tensor::from<float>({}, std::vector<float>{a.f()});
      if (a.name() == "value_ints")
        return Tensor::from<std::int64_t>(
            {a.ints_size()}, std::vector<std::int64_t>(a.ints().begin(), a.ints().end()));
      if (a.name() == "value_floats")
        return Tensor::from<float>({a.floats_size()},
                                   std::vector<float>(a.floats().begin(), a.floats().end()));
    }
    fail_unsupported(where, " has no value that is a tensor or numbers: not supported");
  }

  // PyTorch writes "/encoder/block1/conv/Conv"; other names say nothing.
  static std::string scope_of(const onnx::Node& node) {
    const std::size_t end = node.name().rfind('/');
    if (!node.name().starts_with('/') || end == 0) return {};
    return std::string(without_outer_slashes(node.name().substr(0, end)));
  }

  void read_outputs() {
    for (const onnx::ValueInfo& output : model_.graph().output()) {
      if (output.name().empty()) fail_format("an output of the graph has no name");
      graph_.graph.outputs.push_back({output.name(), find(output.name(), "the graph's output")});
    }
    if (graph_.graph.outputs.empty()) fail_format("the graph has no output");
  }

  static constexpr const char *kThen = "then_branch", *kElse = "else_branch";

  onnx::Model& model_;
  OnnxData& data_;
  google::protobuf::Arena& arena_;
  OnnxGraph graph_;
  std::unordered_map<std::string, ValueId> values_;
  std::unordered_map<std::string, std::string> left_out_;  // second outputs, of what
  int halves_ = 0;
  int depth_ = 0;                         // branches that are being read
  std::vector<std::string> of_branches_;  // names that end with them
};

}  // namespace

Program read_onnx_program(ByteStream stream, const std::optional<std::filesystem::path>& path) {
  try {
    google::protobuf::Arena arena;
    // The file's bytes are gone before the weights are copied.
    auto* model = parse<onnx::Model>(stream.read_all(), onnx_model_shape(), arena);
    if (!model || !model->has_graph()) fail_format("it is damaged, truncated or not an ONNX model");
    OnnxData data(path);
    Program program = OnnxReader(*model, data, arena).read();
    program.graph.file_bytes = stream.size() + data.file_bytes();
    return program;
  } catch (const Error& e) {
    throw Error(e.code(), str_cat("cannot load model '", stream.name(), "': ", e.what()), e.hint());
  }
}

}  // namespace u2net::engine
