// SPDX-License-Identifier: Apache-2.0
#include "models/tracing_executor.h"

#include <cstdint>
#include <limits>

#include "engine/base/error.h"
#include "engine/graph/op.h"

namespace u2net {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int32_t>::max();
constexpr auto kInt32 = static_cast<std::int64_t>(DType::kInt32);

}  // namespace

TracingExecutor::TracingExecutor(const ParameterSet& parameters) {
  for (const ModelParameter& p : parameters.all()) {
    names_.insert(p.name);
    parameters_[&p] = graph_.add_value({.name = p.name,
                                        .type = {DType::kFloat32, p.shape},
                                        .type_is_known = true,
                                        .constant = p.tensor});
  }
}

std::string TracingExecutor::numbered(std::string_view word) {
  return std::string(word) + "_" + std::to_string(counts_[std::string(word)]++);
}

std::string TracingExecutor::unique(std::string name) {
  while (!names_.insert(name).second) name += '_';
  return name;
}

ValueId TracingExecutor::node(std::string_view type, const Slots& inputs,
                              const Attributes& attributes, std::string result) {
  const OpType* op_type = find_op_type(type);
  if (op_type == nullptr)
    throw Error(ErrorCode::kInternal, "no operator '" + std::string(type) + "'");
  const ValueId id =
      graph_.add_value({.name = unique(std::move(result)), .type = {}, .constant = nullptr});
  Node node{.name = graph_.values[id].name,
            .op = op_type->decode(AttributeReader(op_type->name, attributes)),
            .inputs = std::vector<std::vector<ValueId>>(op_type->inputs.size()),
            .outputs = {{id}}};
  for (const auto& [slot, values] : inputs) {
    for (std::size_t i = 0; i < op_type->inputs.size(); ++i) {
      if (op_type->inputs[i].name == slot) node.inputs[i] = values;
    }
  }
  graph_.nodes.push_back(std::move(node));
  return id;
}

Variable TracingExecutor::input(std::string name, TensorType type) {
  const ValueId id = graph_.add_value(
      {.name = unique(std::move(name)), .type = std::move(type), .constant = nullptr});
  graph_.inputs.push_back({graph_.values[id].name, id});
  return {.id = id};
}

Graph TracingExecutor::finish(const std::vector<Variable>& outputs) {
  for (const Variable& output : outputs) {
    const ValueId id =
        node("scale", {{"X", {output.id}}}, {}, numbered("save_infer_model/scale") + ".tmp_0");
    graph_.outputs.push_back({graph_.values[id].name, id});
  }
  return std::move(graph_);
}

Variable TracingExecutor::conv2d(const Conv2dLayer& layer, const Variable& x) {
  const std::string name = numbered("conv2d");
  const ValueId sum =
      node("conv2d", {{"Input", {x.id}}, {"Filter", {parameters_.at(layer.weight)}}},
           {{"paddings", Integers(2, layer.padding)}, {"dilations", Integers(2, layer.dilation)}},
           name + ".tmp_0");
  const ValueId bias =
      node("reshape2", {{"X", {parameters_.at(layer.bias)}}},
           {{"shape", Integers{1, layer.bias->shape[0], 1, 1}}}, numbered("reshape2") + ".tmp_0");
  return {.id = node("elementwise_add", {{"X", {sum}}, {"Y", {bias}}}, {}, name + ".tmp_1")};
}

Variable TracingExecutor::batch_norm(const BatchNormLayer& layer, const Variable& x) {
  return {.id = node("batch_norm",
                     {{"X", {x.id}},
                      {"Scale", {parameters_.at(layer.scale)}},
                      {"Bias", {parameters_.at(layer.bias)}},
                      {"Mean", {parameters_.at(layer.mean)}},
                      {"Variance", {parameters_.at(layer.variance)}}},
                     {{"is_test", true}, {"epsilon", double{kBatchNormEpsilon}}},
                     numbered("batch_norm") + ".tmp_2")};
}

Variable TracingExecutor::unary(std::string_view type, const Variable& x) {
  return {.id = node(type, {{"X", {x.id}}}, {}, numbered(type) + ".tmp_0")};
}

Variable TracingExecutor::relu(const Variable& x) { return unary("relu", x); }
Variable TracingExecutor::sigmoid(const Variable& x) { return unary("sigmoid", x); }

Variable TracingExecutor::max_pool2d(const Variable& x) {
  return {.id = node("pool2d", {{"X", {x.id}}},
                     {{"pooling_type", std::string("max")},
                      {"ksize", Integers{2, 2}},
                      {"strides", Integers{2, 2}},
                      {"ceil_mode", true}},
                     numbered("pool2d") + ".tmp_0")};
}

Variable TracingExecutor::resize_like(const Variable& x, const Variable& like) {
  const std::string shape_name = numbered("shape") + ".tmp_0";
  const ValueId shape = node("shape", {{"Input", {like.id}}}, {}, shape_name);
  const ValueId size =
      node("slice", {{"Input", {shape}}},
           {{"axes", Integers{0}}, {"starts", Integers{2}}, {"ends", Integers{kToTheEnd}}},
           shape_name + "_slice_0");
  const ValueId as_int32 =
      node("cast", {{"X", {size}}}, {{"in_dtype", kInt32}, {"out_dtype", kInt32}},
           numbered("cast") + ".tmp_0");
  return {.id = node("bilinear_interp_v2", {{"X", {x.id}}, {"OutSize", {as_int32}}},
                     {{"align_corners", false},
                      {"align_mode", std::int64_t{0}},
                      {"out_h", std::int64_t{-1}},
                      {"out_w", std::int64_t{-1}}},
                     numbered("bilinear_interp_v2") + ".tmp_0")};
}

Variable TracingExecutor::concat(std::span<const Variable> parts) {
  std::vector<ValueId> ids;
  for (const Variable& part : parts) ids.push_back(part.id);
  return {.id = node("concat", {{"X", ids}}, {{"axis", std::int64_t{1}}},
                     numbered("concat") + ".tmp_0")};
}

Variable TracingExecutor::add(const Variable& x, const Variable& y) {
  return {.id = node("elementwise_add", {{"X", {x.id}}, {"Y", {y.id}}}, {}, numbered("tmp"))};
}

}  // namespace u2net
