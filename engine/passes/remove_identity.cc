// SPDX-License-Identifier: Apache-2.0
// assign, scale(1, 0) (and dropout that is one), cast to the same type, a view of the same shape,
// resize to the same size -> nothing.
#include <numeric>

#include "engine/ops/assign.h"
#include "engine/ops/cast.h"
#include "engine/ops/interp.h"
#include "engine/ops/scale.h"
#include "engine/passes/pass.h"

namespace u2net::engine {
namespace {

bool is_identity(const Graph& graph, const Node& node) {
  if (!node.has_input(0)) return false;
  if (graph.type_of(node.input(0)) != graph.type_of(node.output())) return false;
  if (const Scale* scale = op_as<Scale>(node)) {
    return scale->is_identity() && !node.has_input(Scale::kScaleTensor);
  }
  return op_as<Assign>(node) || op_as<Cast>(node) || op_as<Interp>(node) || node.op->is_view();
}

}  // namespace

// One sweep, in which every node is told what its operands are called now.
bool remove_identity(Graph& graph) {
  bool changed = false;
  std::vector<ValueId> stands_for(graph.values.size());
  std::iota(stands_for.begin(), stands_for.end(), ValueId{0});
  for (Node& node : graph.nodes) {
    for (std::vector<ValueId>& slot : node.inputs) {
      for (ValueId& id : slot) id = stands_for[id];
    }
    if (!is_identity(graph, node)) continue;
    stands_for[node.output()] = node.input(0);
    node.op = nullptr;
    changed = true;
  }
  for (Port& port : graph.outputs) port.value = stands_for[port.value];
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
