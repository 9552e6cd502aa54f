// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/program_reader.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/op.h"
#include "framework.pb.h"
#include "loader/fail.h"
#include "loader/limits.h"
#include "loader/name_scope.h"
#include "loader/paddle/channels_last.h"
#include "loader/paddle/element_type.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "loader/paddle/program_attributes.h"
#include "loader/paddle/program_blocks.h"
#include "loader/paddle/program_size.h"
#include "loader/paddle/program_var_kind.h"
#include "loader/quoted.h"
#include "loader/refused_ops.h"

namespace u2net::engine {
namespace {

const proto::ProgramDesc& parse(std::span<const std::byte> bytes, google::protobuf::Arena& arena) {
  check_message_size(bytes, program_shape());
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(kMaxProtobufDepth);
  auto& program = *google::protobuf::Arena::CreateMessage<proto::ProgramDesc>(&arena);
  // Partial: the other one writes to stderr where a required field is missing.
  if (!program.ParsePartialFromCodedStream(&stream) || !stream.ConsumedEntireMessage() ||
      !program.IsInitialized()) {
    fail_format("it is damaged, truncated or not a Paddle program");
  }
  return program;
}

class ProgramReader {
 public:
  explicit ProgramReader(const proto::ProgramDesc& desc) : desc_(desc) {}

  Program read() {
    check_size();
    index_variables();
    check_operators();
    declare_parameters();
    blocks_.read([this](const proto::OpDesc& op, int number) { read_op(op, number); });
    collect_ports();
    program_.version = desc_.version().version();
    return std::move(program_);
  }

 private:
  void check_size() const {
    if (desc_.blocks_size() == 0) fail_format("the program has no block");
    std::int64_t operators = 0, variables = 0;
    std::set<int> run = {0};  // blocks
    for (const proto::BlockDesc& block : desc_.blocks()) {
      operators += block.ops_size();
      variables += block.vars_size();
      for (const proto::OpDesc& op : block.ops()) {
        for (const proto::OpDesc::Attr& attr : op.attrs()) {
          if (attr.has_block_idx()) run.insert(attr.block_idx());
        }
      }
    }
    for (int index = 0; index < desc_.blocks_size(); ++index) {
      if (run.contains(index)) continue;
      fail_format("the program has ", desc_.blocks_size(), " blocks, and no operator runs block ",
                  index);
    }
    if (operators > kMaxOps || variables > kMaxVariables) {
      throw_error(ErrorCode::kModelLimit, "the program has ", operators, " operators and ",
                  variables, " variables, the limits are ", kMaxOps, " and ", kMaxVariables);
    }
  }

  // Parameters are declared in the outermost block.
  void index_variables() {
    for (const proto::BlockDesc& block : desc_.blocks()) {
      const bool is_outermost = &block == &desc_.blocks(0);
      for (const proto::VarDesc& var : block.vars()) {
        if (!is_outermost && var.persistable()) continue;
        if (!variables_.emplace(var.name(), &var).second && is_outermost)
          fail_format("variable '", var.name(), "' is declared twice");
      }
    }
  }

  // Names everything that is missing at once.
  void check_operators() const {
    std::map<std::string, int> unsupported;
    const proto::BlockDesc& block = desc_.blocks(0);
    bool feeds = false, fetches = false;
    for (const proto::OpDesc& op : block.ops()) {
      feeds = feeds || op.type() == "feed";
      fetches = fetches || op.type() == "fetch";
    }
    for (const proto::BlockDesc& any : desc_.blocks()) {
      for (const proto::OpDesc& op : any.ops()) {
        const bool is_port = &any == &block && (op.type() == "feed" || op.type() == "fetch");
        if (!is_port && !ProgramBlocks::opens(op.type()) && !find_paddle_op(op.type()))
          ++unsupported[op.type()];
      }
    }
    if (!unsupported.empty()) {
      std::string names;
      for (const auto& [type, count] : unsupported) {
        append_word(names, type + unsupported_suffix(type, count));
      }
      throw_error(ErrorCode::kModelUnsupported, unsupported.size(),
                  unsupported.size() == 1 ? " operator is" : " operators are",
                  " not supported: ", names);
    }
    if (!fetches || (!feeds && block.ops_size() > 0 && parameters_only_fed(block))) {
      throw Error(
          ErrorCode::kModelFormat,
          str_cat("the program has no ", fetches ? "feed" : "fetch", " operator"),
          "it was saved by paddle.save or paddle.static.save; export it with paddle.jit.save or "
          "paddle.static.save_inference_model");
    }
  }

  // Some operator reads a variable that is neither a weight nor computed: an input without a feed.
  bool parameters_only_fed(const proto::BlockDesc& block) const {
    std::unordered_map<std::string, bool> computed;
    for (const proto::OpDesc& op : block.ops()) {
      for (const auto& slot : op.inputs()) {
        for (const std::string& name : slot.arguments()) {
          const auto var = variables_.find(name);
          const bool weight = var != variables_.end() && var->second->persistable();
          if (!weight && !computed.contains(name)) return true;
        }
      }
      for (const auto& slot : op.outputs()) {
        for (const std::string& name : slot.arguments()) computed[name] = true;
      }
    }
    return false;
  }

  TensorType declared_type(const proto::VarDesc& var) const {
    if (var.type().type() != kLodTensor || !var.type().has_lod_tensor()) {
      throw_error(ErrorCode::kModelUnsupported, "variable '", var.name(), "' has type number ",
                  var.type().type(), ", only tensors are supported");
    }
    const proto::VarType::TensorDesc& tensor = var.type().lod_tensor().tensor();
    const std::optional<DType> dtype = dtype_from_paddle(tensor.data_type());
    if (!dtype) {
      throw_error(ErrorCode::kModelUnsupported, "variable '", var.name(),
                  "' has element type number ", tensor.data_type(), ", which is not supported");
    }
    if (tensor.dims_size() > kMaxRank) {
      fail_format("variable '", var.name(), "' has ", tensor.dims_size(), " dimensions");
    }
    return {*dtype, {tensor.dims().begin(), tensor.dims().end()}};
  }

  void declare_parameters() {
    for (const auto& [name, var] : variables_) {
      const int kind = var->type().type();
      if (!var->persistable() || kind == kFeedMinibatch || kind == kFetchList || kind == kRaw ||
          kind == kReader) {
        continue;
      }
      const TensorType type = declared_type(*var);
      for (std::int64_t dim : type.shape) {
        if (dim < 1) fail_format("parameter '", name, "' has shape ", type.shape);
      }
      element_count(type.shape);
      const ValueId id = program_.graph.add_value(
          {.name = name, .type = type, .type_is_known = true, .constant = nullptr});
      blocks_.define(name, id);
      program_.parameters.push_back({name, id});
    }
    program_.sort_parameters();
  }

  // The variable in the given slot of a feed or fetch operator, and its col.
  std::pair<int, std::string> port(
      const proto::OpDesc& op, const char* slot,
      const google::protobuf::RepeatedPtrField<proto::OpDesc::Var>& vars) const {
    const Attributes attributes = read_attributes(op);
    const std::int64_t col = AttributeReader(op.type(), attributes).integer("col", 0);
    for (const auto& var : vars) {
      if (var.parameter() == slot && var.arguments_size() == 1)
        return {static_cast<int>(col), var.arguments(0)};
    }
    fail_format("a ", op.type(), " operator names no variable");
  }

  void read_op(const proto::OpDesc& op, int index) {
    if (op.type() == "feed") {
      auto [col, name] = port(op, "Out", op.outputs());
      const auto var = variables_.find(name);
      if (var == variables_.end()) fail_format("the fed variable '", name, "' is not declared");
      const TensorType type = declared_type(*var->second);
      for (std::int64_t dim : type.shape) {
        if (dim < -1 || dim == 0) fail_format("input '", name, "' has shape ", type.shape);
      }
      const ValueId id =
          program_.graph.add_value({.name = name, .type = type, .constant = nullptr});
      blocks_.define(name, id);
      if (!inputs_.emplace(col, Port{name, id}).second)
        fail_format("two feed operators have col ", col);
    } else if (op.type() == "fetch") {
      auto [col, name] = port(op, "X", op.inputs());
      const ValueId value = blocks_.find(name);
      if (value == kNoValue) fail_format("the fetched variable '", name, "' is never computed");
      if (!outputs_.emplace(col, Port{name, value}).second) {
        fail_format("two fetch operators have col ", col);
      }
    } else {
      read_node(op, index);
    }
  }

  // Attributes that are variables, to the slots that they stand for.
  void connect_variables(const PaddleOp& paddle, Attributes& attributes, Node& node,
                         const std::string& where) const {
    for (const VariableAttribute& attribute : paddle.variable_attributes) {
      const auto found = attributes.find(attribute.name);
      if (found == attributes.end()) continue;
      auto* reference = std::get_if<VariableReference>(&found->second);
      if (!reference || reference->names.empty()) continue;
      const int slot = reference->names.size() == 1 ? attribute.slot : attribute.list_slot;
      for (const std::string& name : reference->names)
        node.inputs[static_cast<std::size_t>(slot)].push_back(blocks_.value_of(name, where));
      reference->is_operand = true;
    }
  }

  void read_node(const proto::OpDesc& op, int index) {
    const PaddleOp& paddle = *find_paddle_op(op.type());
    const std::string where = str_cat("operator '", op.type(), "' (number ", index, ")");
    Node node;
    for (std::size_t slot = 0; slot < paddle.inputs.size(); ++slot) {
      node.inputs.emplace_back();
      for (const std::string& name :
           arguments(op.inputs(), paddle.inputs[slot], paddle.type->inputs[slot], where)) {
        node.inputs.back().push_back(blocks_.value_of(name, where));
      }
    }
    for (std::size_t slot = 0; slot < paddle.outputs.size(); ++slot) {
      node.outputs.emplace_back();
      for (const std::string& name :
           arguments(op.outputs(), paddle.outputs[slot], paddle.type->outputs[slot], where)) {
        const ValueId id =
            program_.graph.add_value({.name = name, .type = {}, .constant = nullptr});
        blocks_.define(name, id);
        node.outputs.back().push_back(id);
        if (node.name.empty()) node.name = name;
      }
    }
    node.scope = scope_of(op);
    Attributes attributes = read_attributes(op);
    connect_variables(paddle, attributes, node, where);
    const bool is_channels_last = take_channels_last(paddle.name, attributes);
    node.op = paddle.decode(AttributeReader(paddle.name, attributes));
    if (is_channels_last && node.has_input(0)) {
      const std::size_t rank = declared_rank(node.input(0));
      return add_channels_last(program_.graph, std::move(node), rank);
    }
    program_.graph.nodes.push_back(std::move(node));
  }

  // Of an image where the program does not tell.
  std::size_t declared_rank(ValueId id) const {
    const auto var = variables_.find(program_.graph.values[static_cast<std::size_t>(id)].name);
    if (var == variables_.end() || !var->second->type().has_lod_tensor()) return 4;
    return static_cast<std::size_t>(var->second->type().lod_tensor().tensor().dims_size());
  }

  // "/encoder/block1/" -> "encoder/block1"; nothing where the program does not tell.
  static std::string scope_of(const proto::OpDesc& op) {
    for (const proto::OpDesc::Attr& attr : op.attrs()) {
      if (attr.name() != "op_namescope" || !attr.has_s()) continue;
      return std::string(without_outer_slashes(attr.s()));
    }
    return {};
  }

  static const google::protobuf::RepeatedPtrField<std::string>& arguments(
      const google::protobuf::RepeatedPtrField<proto::OpDesc::Var>& vars, std::string_view name,
      const SlotInfo& slot, const std::string& where) {
    for (const auto& var : vars) {
      if (var.parameter() != name) continue;
      if (var.arguments_size() > 1 && !slot.list) {
        fail_format(where, " has ", var.arguments_size(), " variables in slot '", name,
                    "', expected 1");
      }
      if (var.arguments_size() > 0) return var.arguments();
    }
    if (slot.required) fail_format(where, " has nothing in slot '", name, "'");
    return proto::OpDesc::Var::default_instance().arguments();
  }

  void collect_ports() {
    for (auto& [col, port] : inputs_) program_.graph.inputs.push_back(std::move(port));
    for (auto& [col, port] : outputs_) program_.graph.outputs.push_back(std::move(port));
  }

  const proto::ProgramDesc& desc_;
  std::unordered_map<std::string, const proto::VarDesc*> variables_;
  std::map<int, Port> inputs_, outputs_;  // by col
  Program program_;
  ProgramBlocks blocks_{desc_, program_.graph};
};

}  // namespace

Program read_program(std::span<const std::byte> bytes, const std::string& name) {
  try {
    google::protobuf::Arena arena;
    return ProgramReader(parse(bytes, arena)).read();
  } catch (const Error& e) {
    throw Error(e.code(), str_cat("cannot load model '", name, "': ", e.what()), e.hint());
  }
}

}  // namespace u2net::engine
