// SPDX-License-Identifier: Apache-2.0
// scale(1, 0), cast to the same type, reshape to the same shape, resize to the same size ->
// nothing.
#include "engine/ops/cast.h"
#include "engine/ops/interp.h"
#include "engine/ops/reshape2.h"
#include "engine/ops/scale.h"
#include "engine/passes/pass.h"

namespace u2net {
namespace {

bool is_identity(const Graph& graph, const Node& node) {
  if (graph.type_of(node.input(0)) != graph.type_of(node.output())) return false;
  if (const Scale* scale = op_as<Scale>(node)) {
    return scale->is_identity() && !node.has_input(Scale::kScaleTensor);
  }
  return op_as<Cast>(node) || op_as<Reshape2>(node) || op_as<Interp>(node);
}

}  // namespace

bool remove_identity(Graph& graph) {
  bool changed = false;
  for (Node& node : graph.nodes) {
    if (!is_identity(graph, node)) continue;
    replace_uses(graph, node.output(), node.input(0));
    node.op = nullptr;
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net
