// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/graph.h"

namespace u2net::engine {

ValueId Graph::add_value(Value value) {
  values.push_back(std::move(value));
  return static_cast<ValueId>(values.size()) - 1;
}

ValueId Graph::add_constant(std::string name, Tensor tensor) {
  const TensorType type{tensor.dtype(), tensor.shape()};
  return add_value({.name = std::move(name),
                    .type = type,
                    .type_is_known = true,
                    .constant = std::make_shared<const Tensor>(std::move(tensor))});
}

Connections::Connections(const Graph& graph)
    : uses(graph.values.size()), producer(graph.values.size(), -1) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (!node.op) continue;
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      for (ValueId id : node.inputs[slot]) {
        uses[id].push_back({static_cast<int>(n), static_cast<int>(slot)});
      }
    }
    for (const std::vector<ValueId>& slot : node.outputs) {
      for (ValueId id : slot) producer[id] = static_cast<int>(n);
    }
  }
  for (const Port& port : graph.outputs) uses[port.value].push_back({kOutputUse, 0});
}

const Use* Connections::sole_use(ValueId id) const {
  if (uses[id].size() != 1 || uses[id].front().node == kOutputUse) return nullptr;
  return &uses[id].front();
}

void replace_uses(Graph& graph, ValueId from, ValueId to) {
  for (Node& node : graph.nodes) {
    for (std::vector<ValueId>& slot : node.inputs) {
      for (ValueId& id : slot) {
        if (id == from) id = to;
      }
    }
  }
  for (Port& port : graph.outputs) {
    if (port.value == from) port.value = to;
  }
}

void take_place_of(Node& node, Node& end) {
  node.name = end.name;
  node.outputs = end.outputs;
  end.op = nullptr;
}

void remove_erased_nodes(Graph& graph) {
  std::erase_if(graph.nodes, [](const Node& node) { return node.op == nullptr; });
}

}  // namespace u2net::engine
