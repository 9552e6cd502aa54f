// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/declared_shapes.h"

#include <utility>

#include "engine/base/error.h"
#include "engine/graph/infer.h"

namespace u2net::engine {
namespace {

// Two sizes for every open dimension: far apart, so that no rounding on the way makes them meet,
// and with many factors of two, which networks divide by.
constexpr std::int64_t kSmallBatch = 2, kSmallSide = 512;
constexpr std::int64_t kLargeBatch = 3, kLargeSide = 1536;

// The graph with every type known that can be, its open dimensions set to the given sizes.
Graph with_sizes(Graph graph, std::int64_t batch, std::int64_t side) {
  std::vector<TensorView> inputs;
  for (const Port& port : graph.inputs) {
    TensorType type = graph.type_of(port.value);
    for (std::size_t i = 0; i < type.shape.size(); ++i) {
      if (type.shape[i] < 0) type.shape[i] = i == 0 ? batch : side;
    }
    inputs.push_back({type.dtype, type.shape, nullptr});
  }
  try {
    infer_shapes(graph, inputs);
  } catch (const Error&) {
    // The values behind the node that failed stay unknown.
  }
  return graph;
}

}  // namespace

std::vector<TensorType> declared_types(const Graph& graph) {
  const Graph small = with_sizes(graph, kSmallBatch, kSmallSide);
  const Graph large = with_sizes(graph, kLargeBatch, kLargeSide);
  std::vector<TensorType> types;
  for (std::size_t id = 0; id < graph.values.size(); ++id) {
    const Value &a = small.values[id], &b = large.values[id];
    TensorType type;
    if (a.type_is_known && b.type_is_known && a.type.shape.size() == b.type.shape.size()) {
      type = a.type;
      for (std::size_t i = 0; i < type.shape.size(); ++i) {
        if (type.shape[i] != b.type.shape[i]) type.shape[i] = -1;
      }
    }
    types.push_back(std::move(type));
  }
  return types;
}

}  // namespace u2net::engine
