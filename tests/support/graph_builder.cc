// SPDX-License-Identifier: Apache-2.0
#include "tests/support/graph_builder.h"

#include <stdexcept>

#include "engine/graph/op.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine::test {

std::vector<std::vector<ValueId>> slots_in_order(const PaddleOp& op,
                                                 const GraphBuilder::Slots& given) {
  std::vector<std::vector<ValueId>> ordered(op.inputs.size());
  const auto is_called = [&](std::size_t i, std::string_view name) {
    return (op.inputs[i].empty() ? op.type->inputs[i].name : op.inputs[i]) == name;
  };
  for (const auto& [name, values] : given) {
    std::size_t i = 0;
    while (i < ordered.size() && !is_called(i, name)) ++i;
    if (i == ordered.size()) throw std::logic_error("no slot " + std::string(name));
    ordered[i] = values;
  }
  return ordered;
}
ValueId GraphBuilder::input(std::string name, Shape shape, DType dtype) {
  const ValueId id = graph_.add_value(
      {.name = name, .type = {dtype, std::move(shape)}, .type_is_known = false, .constant = {}});
  graph_.inputs.push_back({std::move(name), id});
  return id;
}

ValueId GraphBuilder::constant(Tensor tensor) {
  return graph_.add_constant("constant_" + std::to_string(graph_.values.size()), std::move(tensor));
}

ValueId GraphBuilder::sizes(std::vector<std::int32_t> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return constant(Tensor::from<std::int32_t>({count}, values));
}

ValueId GraphBuilder::op(std::string_view type, const Slots& inputs, Attributes attributes) {
  return ops(type, inputs, std::move(attributes), 1).front();
}

std::vector<ValueId> GraphBuilder::ops(std::string_view type, const Slots& inputs,
                                       Attributes attributes, std::size_t results) {
  const PaddleOp* paddle = find_paddle_op(type);
  if (paddle == nullptr) throw std::logic_error("no operator " + std::string(type));
  const std::string name = std::string(type) + "_" + std::to_string(graph_.nodes.size());
  Node node{.name = name,
            .op = paddle->decode(AttributeReader(type, attributes)),
            .inputs = slots_in_order(*paddle, inputs),
            .outputs = {{}}};
  for (std::size_t i = 0; i < results; ++i) {
    const std::string own = i == 0 ? name : name + "." + std::to_string(i);
    node.outputs[0].push_back(graph_.add_value({.name = own, .type = {}, .constant = {}}));
  }
  for (std::size_t slot = 1; slot < paddle->type->outputs.size(); ++slot) {
    node.outputs.push_back({graph_.add_value(
        {.name = name + "." + std::to_string(slot), .type = {}, .constant = {}})});
  }
  graph_.nodes.push_back(node);
  return node.outputs[0];
}

void GraphBuilder::output(ValueId id) { graph_.outputs.push_back({graph_.values[id].name, id}); }

ValueId GraphBuilder::conv(ValueId x, Tensor filter, Attributes attributes) {
  const ValueId weight = constant(std::move(filter));
  return op("conv2d", {{"Input", {x}}, {"Filter", {weight}}}, std::move(attributes));
}

ValueId GraphBuilder::max_pool(ValueId x) {
  const std::vector<std::int64_t> side_by_side{2, 2};
  return op("pool2d", {{"X", {x}}},
            {{"pooling_type", std::string("max")},
             {"ksize", side_by_side},
             {"strides", side_by_side},
             {"ceil_mode", true}});
}

ValueId GraphBuilder::add(ValueId x, ValueId y, std::int64_t axis) {
  return op("elementwise_add", {{"X", {x}}, {"Y", {y}}}, {{"axis", axis}});
}

ValueId GraphBuilder::batch_norm(ValueId x, std::array<Tensor, 4> statistics, double epsilon) {
  std::vector<ValueId> ids;
  for (Tensor& tensor : statistics) ids.push_back(constant(std::move(tensor)));
  return op("batch_norm",
            {{"X", {x}},
             {"Scale", {ids.at(0)}},
             {"Bias", {ids.at(1)}},
             {"Mean", {ids.at(2)}},
             {"Variance", {ids.at(3)}}},
            {{"is_test", true}, {"epsilon", epsilon}});
}

}  // namespace u2net::engine::test
