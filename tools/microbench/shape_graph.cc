// SPDX-License-Identifier: Apache-2.0
// From a line of shapes.h to a graph of one node.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <span>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/infer.h"
#include "engine/graph/op.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/ops/unary.h"
#include "loader/paddle/ops/paddle_ops.h"
#include "tools/microbench/shape_words.h"
#include "tools/microbench/shapes.h"

namespace u2net::bench {
using namespace engine;
namespace {

using Source = ShapeWords::Source;
using Integers = std::vector<std::int64_t>;

constexpr std::int64_t kMaxBytes = std::int64_t{4} << 30;  // of all operands and results

// Builds the only node.
class NodeGraph {
 public:
  NodeGraph(const ShapeWords& words, bool with_weights)
      : words_(words), with_weights_(with_weights) {}

  ValueId input(const Shape& shape) {
    count(shape);
    const std::string name = "x" + std::to_string(graph_.inputs.size());
    const ValueId id = graph_.add_value(
        {.name = name, .type = {DType::kFloat32, shape}, .type_is_known = true, .constant = {}});
    graph_.inputs.push_back({name, id});
    return id;
  }
  ValueId weight(const Shape& shape, float least = -1) {
    count(shape);
    if (!with_weights_) {
      return graph_.add_value(
          {.name = "w", .type = {DType::kFloat32, shape}, .type_is_known = true, .constant = {}});
    }
    Tensor tensor(DType::kFloat32, shape);
    std::uniform_real_distribution<float> uniform(least, 1);
    for (float& v : tensor.values<float>()) v = uniform(random_);
    return graph_.add_constant("w" + std::to_string(graph_.values.size()), std::move(tensor));
  }
  ValueId result(const std::string& name) {
    return graph_.add_value({.name = name, .type = {}, .type_is_known = false, .constant = {}});
  }
  Graph finish(Node node) {
    node.name = "node";
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) graph_.outputs.push_back({graph_.values[id].name, id});
    }
    graph_.nodes.push_back(std::move(node));
    std::vector<TensorView> views;
    for (const Port& port : graph_.inputs)
      views.push_back({DType::kFloat32, graph_.type_of(port.value).shape, nullptr});
    try {
      infer_shapes(graph_, views);
    } catch (const Error& e) {
      words_.fail(e.what());
    }
    for (const Port& port : graph_.outputs) {
      const Shape& shape = graph_.type_of(port.value).shape;
      if (std::any_of(shape.begin(), shape.end(), [](std::int64_t dim) { return dim < 1; }))
        words_.fail("a result of " + to_string(shape));
      count(shape);
    }
    return std::move(graph_);
  }

 private:
  void count(const Shape& shape) {
    try {
      bytes_ += element_count(shape) * static_cast<std::int64_t>(sizeof(float));
    } catch (const Error& e) {
      words_.fail(e.what());
    }
    if (bytes_ > kMaxBytes) {
      words_.fail("operands and results of more than " + std::to_string(kMaxBytes >> 20) + " MiB");
    }
  }

  const ShapeWords& words_;
  bool with_weights_;
  Graph graph_;
  std::int64_t bytes_ = 0;
  std::mt19937 random_{1};
};

// The words are checked as the attributes of a program are.
std::shared_ptr<const Operator> decode(const ShapeWords& words, const Attributes& attributes) {
  try {
    return find_paddle_op(words.op())->decode(AttributeReader(words.op(), attributes));
  } catch (const Error& e) {
    words.fail(e.what());
  }
}

// The function's parameters; their words join the keys.
kernels::UnaryParameters read_parameters(const ShapeWords& words,
                                         const kernels::UnaryFunction& function,
                                         std::vector<std::string_view>& keys) {
  kernels::UnaryParameters values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const kernels::UnaryParameter& parameter = function.parameters[i];
    if (parameter.name.empty()) continue;
    keys.push_back(parameter.name);
    values[i] =
        static_cast<float>(words.real(std::string(parameter.name), double{parameter.otherwise}));
  }
  return values;
}

void read_activation(const ShapeWords& words, Conv2d& conv, std::vector<std::string_view>& keys) {
  for (const std::string_view key : {"activation", "activation_after_residual"}) {
    keys.push_back(key);
    if (!words.has(std::string(key))) continue;
    const std::string name = words.text(std::string(key));
    if (conv.activation) words.fail("two activations");
    for (const kernels::UnaryFunction& function : kernels::kUnaryFunctions) {
      if (function.name != name || !function.ends_convolutions()) continue;
      conv.activation = {function.kind, read_parameters(words, function, keys)};
      conv.activation_after_residual = key != "activation";
    }
    if (!conv.activation) words.fail("there is no activation '" + name + "'");
  }
}

std::shared_ptr<Conv2d> decode_conv(const ShapeWords& words) {
  const Attributes attributes = {{"strides", words.numbers("stride", {1, 1})},
                                 {"paddings", words.numbers("pad", {0, 0})},
                                 {"dilations", words.numbers("dilation", {1, 1})},
                                 {"groups", words.number("groups", 1)}};
  const std::shared_ptr<const Operator> op = decode(words, attributes);
  auto conv = make_mutable_operator<Conv2d>(dynamic_cast<const Conv2d&>(*op));
  conv->relu = words.has("relu");
  conv->relu_after_residual = words.has("relu_after_residual");
  return conv;
}

// The shape of what the convolution itself makes.
Shape conv_result(const Conv2d& conv, const ShapeWords& words, const Shape& src,
                  const Shape& filter) {
  NodeGraph g(words, false);
  Node node;
  node.op = make_operator<Conv2d>(conv);
  node.inputs = {{g.input(src)}, {g.input(filter)}, {}, {}};
  node.outputs = {{g.result("dst")}};
  const Graph graph = g.finish(std::move(node));
  return graph.type_of(graph.outputs.front().value).shape;
}

void add_pooling(const ShapeWords& words, const Shape& dst, NodeGraph& g, FusedConv2d& op,
                 Node& node) {
  if (!words.has("pooled")) return;
  const Integers pooled = words.numbers("pooled", std::size_t{2});
  for (std::size_t i : {0, 1}) {
    if (pooled[i] != dst[2 + i] / 2 && pooled[i] != (dst[2 + i] + 1) / 2)
      words.fail("'pooled=' is not half of " + to_string(dst));
  }
  op.pooling = {.ceil_h = 2 * pooled[0] > dst[2], .ceil_w = 2 * pooled[1] > dst[3]};
  node.outputs[FusedConv2d::kPooled] = {g.result("pooled")};
}

Graph conv_graph(const ShapeWords& words, bool with_weights) {
  std::vector<std::string_view> keys = {
      "src",    "filter", "stride", "pad",      "dilation",
      "groups", "nobias", "relu",   "residual", "relu_after_residual",
      "pooled"};
  const Shape filter = words.numbers("filter");
  if (filter.size() != 4) words.fail("filter is oc x ic x kh x kw");
  const std::shared_ptr<Conv2d> conv = decode_conv(words);
  read_activation(words, *conv, keys);
  words.expect_only(keys);
  std::vector<bool> upsampled;
  std::vector<Shape> shapes;
  for (const Source& s : words.sources()) {
    upsampled.push_back(s.upsampled);
    shapes.push_back(s.shape);
  }
  auto op = make_mutable_operator<FusedConv2d>(conv, upsampled);
  const Shape src = op->joined_shape(shapes);
  if (src[1] != filter[1] * conv->groups())
    words.fail("the channels of the sources do not fit the filter");
  const Shape dst = conv_result(*conv, words, src, filter);
  NodeGraph g(words, with_weights);
  Node node;
  node.inputs.resize(4);
  for (const Shape& shape : shapes) node.inputs[FusedConv2d::kSources].push_back(g.input(shape));
  node.inputs[FusedConv2d::kFilter] = {g.weight(filter)};
  if (!words.has("nobias")) node.inputs[FusedConv2d::kBias] = {g.weight({filter[0]})};
  if (words.has("residual")) node.inputs[FusedConv2d::kResidual] = {g.input(dst)};
  node.outputs = {{g.result("dst")}, {}};
  add_pooling(words, dst, g, *op, node);
  const bool is_plain =
      shapes.size() == 1 && !upsampled.front() && node.outputs[FusedConv2d::kPooled].empty();
  if (is_plain) {
    node.op = conv;
    node.outputs.pop_back();
  } else {
    node.op = std::move(op);
  }
  return g.finish(std::move(node));
}

// An operator whose operands are the sources.
Graph simple_graph(const ShapeWords& words, std::shared_ptr<const Operator> op, bool with_weights) {
  NodeGraph g(words, with_weights);
  Node node;
  node.op = std::move(op);
  node.inputs.resize(node.op->type().inputs.size());
  const bool list = node.op->type().inputs.front().list;
  std::size_t slot = 0;
  for (const Source& source : words.sources()) {
    if (slot >= node.inputs.size() || (slot > 0 && !node.op->type().inputs[slot].required))
      words.fail("too many operands");
    if (source.upsampled) words.fail("'^' is for sources of conv2d");
    node.inputs[slot].push_back(g.input(source.shape));
    if (!list) ++slot;
  }
  for (std::size_t i = slot; i < node.inputs.size(); ++i) {
    if (node.op->type().inputs[i].required && node.inputs[i].empty())
      words.fail("an operand is missing");
  }
  node.outputs = {{g.result("dst")}};
  return g.finish(std::move(node));
}

Graph simple_graph(const ShapeWords& words, const Attributes& attributes, bool with_weights) {
  return simple_graph(words, decode(words, attributes), with_weights);
}

Graph pool_graph(const ShapeWords& words, bool with_weights) {
  words.expect_only({"src", "kind", "kernel", "stride", "pad", "ceil", "include_padding"});
  return simple_graph(words,
                      {{"pooling_type", words.text("kind")},
                       {"ksize", words.numbers("kernel")},
                       {"strides", words.numbers("stride")},
                       {"paddings", words.numbers("pad", {0, 0})},
                       {"exclusive", !words.has("include_padding")},
                       {"ceil_mode", words.has("ceil")}},
                      with_weights);
}

Graph interp_graph(const ShapeWords& words, bool with_weights) {
  words.expect_only({"src", "out"});
  const Integers out = words.numbers("out");
  if (out.size() != 2) words.fail("out is h x w");
  return simple_graph(words,
                      {{"out_h", out[0]},
                       {"out_w", out[1]},
                       {"align_corners", false},
                       {"align_mode", std::int64_t{0}},
                       {"interp_method", words.op().substr(0, words.op().find('_'))}},
                      with_weights);
}

Graph scale_graph(const ShapeWords& words, bool with_weights) {
  words.expect_only({"src", "factor", "offset"});
  return simple_graph(
      words, {{"scale", words.real("factor", 1)}, {"bias", words.real("offset", 0)}}, with_weights);
}

Graph unary_graph(const ShapeWords& words, const kernels::UnaryFunction& function,
                  bool with_weights) {
  std::vector<std::string_view> keys = {"src"};
  const kernels::UnaryParameters values = read_parameters(words, function, keys);
  words.expect_only(keys);
  return simple_graph(words, make_operator<Unary>(function.kind, values), with_weights);
}

Graph binary_graph(const ShapeWords& words, const kernels::BinaryFunction& function,
                   bool with_weights) {
  words.expect_only(std::vector<std::string_view>{"src"});
  return simple_graph(words, make_operator<Elementwise>(function.kind), with_weights);
}

Graph axis_graph(const ShapeWords& words, bool with_weights) {
  words.expect_only({"src", "axis"});
  return simple_graph(words, {{"axis", words.number("axis", 1)}}, with_weights);
}

// Operands and constants, whatever their rank.
Graph tensor_graph(const ShapeWords& words, std::shared_ptr<const Operator> op,
                   const std::vector<Shape>& weights, bool with_weights) {
  NodeGraph g(words, with_weights);
  Node node;
  node.op = std::move(op);
  for (const Source& source : words.sources_of_any_rank())
    node.inputs.push_back({g.input(source.shape)});
  for (const Shape& shape : weights) node.inputs.push_back({g.weight(shape)});
  if (node.inputs.size() > node.op->type().inputs.size()) words.fail("too many operands");
  node.inputs.resize(node.op->type().inputs.size());
  node.outputs = {{g.result("dst")}};
  return g.finish(std::move(node));
}

Graph softmax_graph(const ShapeWords& words, bool with_weights) {
  words.expect_only({"src", "axis"});
  const auto rank = static_cast<std::int64_t>(words.sources_of_any_rank().front().shape.size());
  return tensor_graph(words, decode(words, {{"axis", words.number("axis", rank - 1)}}), {},
                      with_weights);
}

// The second operand is one of src, or constant.
Graph matmul_graph(const ShapeWords& words, bool with_weights) {
  words.expect_only({"src", "weight", "trans_x", "trans_y"});
  std::vector<Shape> weights;
  if (words.has("weight")) weights.push_back(words.numbers("weight"));
  if (words.sources_of_any_rank().size() + weights.size() != 2)
    words.fail("two operands are multiplied");
  return tensor_graph(
      words, decode(words, {{"trans_x", words.has("trans_x")}, {"trans_y", words.has("trans_y")}}),
      weights, with_weights);
}

Graph layer_norm_graph(const ShapeWords& words, bool with_weights) {
  words.expect_only({"src", "begin"});
  const Shape src = words.sources_of_any_rank().front().shape;
  const std::int64_t begin = words.number("begin", static_cast<std::int64_t>(src.size()) - 1);
  if (begin < 1 || begin >= static_cast<std::int64_t>(src.size()))
    words.fail("'begin=' is no dimension of src but the first");
  const Shape row = {element_count(std::span(src).subspan(static_cast<std::size_t>(begin)))};
  return tensor_graph(words, decode(words, {{"begin_norm_axis", begin}}), {row, row}, with_weights);
}

Graph transposed_graph(const ShapeWords& words, bool with_weights) {
  words.expect_only({"src", "filter", "stride", "pad", "dilation", "groups"});
  const Shape filter = words.numbers("filter", std::size_t{4});
  words.sources();
  return tensor_graph(words,
                      decode(words, {{"strides", words.numbers("stride", {1, 1})},
                                     {"paddings", words.numbers("pad", {0, 0})},
                                     {"dilations", words.numbers("dilation", {1, 1})},
                                     {"groups", words.number("groups", 1)}}),
                      {filter}, with_weights);
}

Graph batch_norm_graph(const ShapeWords& words, bool with_weights) {
  words.expect_only({"src"});
  const std::vector<Source> sources = words.sources();
  if (sources.size() != 1) words.fail("too many operands");
  NodeGraph g(words, with_weights);
  Node node;
  node.op = decode(words, {{"is_test", true}});
  const Shape& src = sources.front().shape;
  node.inputs = {{g.input(src)}};
  for (int slot : {BatchNorm::kScale, BatchNorm::kBias, BatchNorm::kMean, BatchNorm::kVariance})
    node.inputs.push_back({g.weight({src[1]}, slot == BatchNorm::kVariance ? 0.5F : -1.0F)});
  node.outputs = {{g.result("dst")}};
  return g.finish(std::move(node));
}

constexpr struct {
  std::string_view op;
  Graph (*graph)(const ShapeWords&, bool with_weights);
} kGraphs[] = {{"arg_max", axis_graph},
               {"batch_norm", batch_norm_graph},
               {"bilinear_interp_v2", interp_graph},
               {"concat", axis_graph},
               {"conv2d", conv_graph},
               {"conv2d_transpose", transposed_graph},
               {"layer_norm", layer_norm_graph},
               {"log_softmax", softmax_graph},
               {"matmul_v2", matmul_graph},
               {"nearest_interp_v2", interp_graph},
               {"pool2d", pool_graph},
               {"scale", scale_graph},
               {"softmax", softmax_graph}};

Graph make_graph(const std::string& line, bool with_weights) {
  const ShapeWords words(line);
  std::set<std::string_view> names;
  for (const auto& entry : kGraphs) {
    if (entry.op == words.op()) return entry.graph(words, with_weights);
    names.insert(entry.op);
  }
  for (const kernels::UnaryFunction& function : kernels::kUnaryFunctions) {
    if (function.name == words.op()) return unary_graph(words, function, with_weights);
    names.insert(function.name);
  }
  for (const kernels::BinaryFunction& function : kernels::kBinaryFunctions) {
    if (function.name == words.op()) return binary_graph(words, function, with_weights);
    names.insert(function.name);
  }
  std::string known;
  for (std::string_view name : names) append_word(known, name);
  words.fail("there is no operator '" + words.op() + "' here; known: " + known);
}

}  // namespace

Graph graph_of(const std::string& line) { return make_graph(line, true); }
void check_line(const std::string& line) { make_graph(line, false); }

}  // namespace u2net::bench
