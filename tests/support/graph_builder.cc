// SPDX-License-Identifier: Apache-2.0
#include "tests/support/graph_builder.h"

#include <stdexcept>

#include "engine/graph/op.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine::test {
namespace {

std::vector<std::vector<ValueId>> arrange(std::span<const std::string_view> slots,
                                          const GraphBuilder::Slots& given) {
  std::vector<std::vector<ValueId>> arranged(slots.size());
  for (const auto& [name, values] : given) {
    std::size_t i = 0;
    while (i < slots.size() && slots[i] != name) ++i;
    if (i == slots.size()) throw std::logic_error("no slot " + std::string(name));
    arranged[i] = values;
  }
  return arranged;
}

}  // namespace

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
  const PaddleOp* paddle = find_paddle_op(type);
  if (paddle == nullptr) throw std::logic_error("no operator " + std::string(type));
  const std::string name = std::string(type) + "_" + std::to_string(graph_.nodes.size());
  Node node{.name = name,
            .op = paddle->decode(AttributeReader(type, attributes)),
            .inputs = arrange(paddle->inputs, inputs),
            .outputs = {}};
  const ValueId id = graph_.add_value({.name = name, .type = {}, .constant = {}});
  node.outputs = {{id}};
  graph_.nodes.push_back(std::move(node));
  return id;
}

void GraphBuilder::output(ValueId id) { graph_.outputs.push_back({graph_.values[id].name, id}); }

ValueId GraphBuilder::conv(ValueId x, Tensor filter, Attributes attributes) {
  const ValueId weight = constant(std::move(filter));
  return op("conv2d", {{"Input", {x}}, {"Filter", {weight}}}, std::move(attributes));
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
