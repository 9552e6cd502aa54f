// SPDX-License-Identifier: Apache-2.0
// Nodes whose results reach no output are dropped; weights that nobody reads any more are released.
#include "engine/passes/pass.h"

namespace u2net::engine {

bool has_needed_output(const Node& node, const std::vector<bool>& needed) {
  for (const auto& slot : node.outputs) {
    for (ValueId id : slot) {
      if (needed[static_cast<std::size_t>(id)]) return true;
    }
  }
  return false;
}

std::vector<bool> needed_values(const Graph& graph) {
  std::vector<bool> needed(graph.values.size(), false);
  for (const Port& port : graph.outputs) needed[static_cast<std::size_t>(port.value)] = true;
  for (std::size_t n = graph.nodes.size(); n-- > 0;) {
    if (!has_needed_output(graph.nodes[n], needed)) continue;
    for (const auto& slot : graph.nodes[n].inputs) {
      for (ValueId id : slot) needed[static_cast<std::size_t>(id)] = true;
    }
  }
  return needed;
}

bool eliminate_dead_code(Graph& graph) {
  const std::vector<bool> needed = needed_values(graph);
  bool changed = false;
  for (Node& node : graph.nodes) {
    if (has_needed_output(node, needed)) continue;
    node.op = nullptr;
    changed = true;
  }
  remove_erased_nodes(graph);
  for (std::size_t id = 0; id < graph.values.size(); ++id) {
    if (!needed[id]) graph.values[id].constant = nullptr;
  }
  return changed;
}

}  // namespace u2net::engine
