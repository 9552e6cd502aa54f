// SPDX-License-Identifier: Apache-2.0
// Nodes whose results reach no output are dropped; weights that nobody reads any more are released.
#include "engine/passes/pass.h"

namespace u2net::engine {

bool eliminate_dead_code(Graph& graph) {
  std::vector<bool> needed(graph.values.size(), false);
  for (const Port& port : graph.outputs) needed[port.value] = true;
  bool changed = false;
  for (std::size_t n = graph.nodes.size(); n-- > 0;) {
    Node& node = graph.nodes[n];
    bool alive = false;
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) alive = alive || needed[id];
    }
    if (!alive) {
      node.op = nullptr;
      changed = true;
      continue;
    }
    for (const auto& slot : node.inputs) {
      for (ValueId id : slot) needed[id] = true;
    }
  }
  remove_erased_nodes(graph);
  for (std::size_t id = 0; id < graph.values.size(); ++id) {
    if (!needed[id]) graph.values[id].constant = nullptr;
  }
  return changed;
}

}  // namespace u2net::engine
