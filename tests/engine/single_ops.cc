// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/single_ops.h"

#include <algorithm>

#include "engine/graph/infer.h"

namespace u2net::engine::test {

Tensor weight(Shape shape, DType dtype) {
  Tensor tensor(dtype, std::move(shape));
  std::fill_n(tensor.data(), tensor.bytes(), std::byte{0});
  return tensor;
}

std::array<Tensor, 4> weights(Shape a, Shape b, Shape c, Shape d) {
  return {weight(std::move(a)), weight(std::move(b)), weight(std::move(c)), weight(std::move(d))};
}

ValueId image(GraphBuilder& g, Shape shape, DType dtype) {
  return g.input("x", std::move(shape), dtype);
}

ValueId pool(GraphBuilder& g, Shape shape, Attributes attributes) {
  attributes.emplace("pooling_type", std::string("avg"));
  return g.op("pool2d", {{"X", {image(g, std::move(shape))}}}, std::move(attributes));
}

ValueId slice(GraphBuilder& g, Integers axes, Integers starts, Integers ends, Integers decrease) {
  return g.op("slice", {{"Input", {image(g, {4, 5, 6})}}},
              {{"axes", axes}, {"starts", starts}, {"ends", ends}, {"decrease_axis", decrease}});
}

ValueId reshape(GraphBuilder& g, Integers shape) {
  return g.op("reshape2", {{"X", {image(g, {2, 3, 4})}}}, {{"shape", std::move(shape)}});
}

Graph inferred(const GraphBuilder& g) {
  Graph graph = g.graph();
  std::vector<TensorView> inputs;
  for (const Port& port : graph.inputs)
    inputs.push_back({graph.type_of(port.value).dtype, graph.type_of(port.value).shape, nullptr});
  infer_shapes(graph, inputs);
  return graph;
}

}  // namespace u2net::engine::test
