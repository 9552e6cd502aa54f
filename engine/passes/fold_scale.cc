// SPDX-License-Identifier: Apache-2.0
// y = conv2d(x, w [, b]);  z = y * c, y / c, y + c, y - c or scale(y), c constant, one element a
// channel (or one in all)
//   ->  z = conv2d(x, w * c, b * c) and so on       where nobody else reads y; conv2d_transpose
//   alike
// and on with what is done to z. Networks that learn a factor and a summand for what a convolution
// makes, beside its normalisation, have these.
#include <optional>
#include <utility>
#include <vector>

#include "engine/passes/channel_weights.h"
#include "engine/passes/pass.h"

namespace u2net::engine {

bool fold_scale(Graph& graph, WorkBudget& budget) {
  const Connections connections(graph);
  bool changed = false;
  for (Node& node : graph.nodes) {
    const std::int64_t channels = foldable_channels(graph, node);
    if (channels == 0) continue;
    std::optional<ChannelLines> all;
    std::vector<Node*> ends;
    const Use* use = connections.sole_use(node.output());
    while (use && budget.take({.bytes = 0, .work = static_cast<double>(channels)})) {
      Node& end = graph.nodes[use->node];
      std::optional<ChannelLines> lines = lines_of(graph, end, use->slot, channels);
      if (!lines) break;
      if (all) {
        all->append(*lines);
      } else {
        all = std::move(lines);
      }
      ends.push_back(&end);
      use = connections.sole_use(end.output());
    }
    if (!all || !fold_into_weights(graph, connections, node, *ends.back(), *all, budget)) continue;
    for (Node* end : ends) end->op = nullptr;
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
