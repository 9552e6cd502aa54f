// SPDX-License-Identifier: Apache-2.0
// y = conv2d(x, w [, b]);  z = elementwise_add(y, c), c constant, one element a channel (or one in
// all)
//   ->  z = conv2d(x, w, b + c)        where nobody else reads y; conv2d_transpose alike
#include <optional>

#include "engine/ops/elementwise.h"
#include "engine/passes/channel_weights.h"
#include "engine/passes/pass.h"

namespace u2net::engine {

bool fuse_bias(Graph& graph, WorkBudget& budget) {
  const Connections connections(graph);
  bool changed = false;
  for (Node& node : graph.nodes) {
    const std::int64_t channels = foldable_channels(graph, node);
    const Use* use = channels > 0 ? connections.sole_use(node.output()) : nullptr;
    const Elementwise* add = use ? op_as<Elementwise>(graph.nodes[use->node]) : nullptr;
    if (!add || add->kind() != kernels::BinaryKind::kAdd) continue;
    Node& sum = graph.nodes[use->node];
    if (!budget.take({.bytes = 0, .work = static_cast<double>(channels)})) continue;
    const std::optional<ChannelLines> lines = lines_of(graph, sum, use->slot, channels);
    changed |= lines && fold_into_weights(graph, connections, node, sum, *lines, budget);
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
