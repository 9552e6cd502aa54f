// SPDX-License-Identifier: Apache-2.0
// y = f(x), a function of one operand;  z = y * c, y + c or scale(y), c one known number
//   ->  z = f(x) * factor + summand        where nobody else reads y
// and on with what is done to z.
#include <cmath>
#include <optional>
#include <utility>

#include "engine/ops/unary.h"
#include "engine/passes/channel_weights.h"
#include "engine/passes/pass.h"

namespace u2net::engine {

bool fuse_scale(Graph& graph) {
  const Connections connections(graph);
  bool changed = false;
  for (Node& node : graph.nodes) {
    const Unary* function = node.op ? op_as<Unary>(node) : nullptr;
    if (!function || graph.type_of(node.output()).dtype != DType::kFloat32) continue;
    ChannelLines all(1);
    all.factor[0] = function->parameters().factor;
    all.after[0] = function->parameters().summand;
    bool moved = false;
    while (const Use* use = connections.sole_use(node.output())) {
      Node& end = graph.nodes[use->node];
      const std::optional<ChannelLines> line = lines_of(graph, end, use->slot, 1);
      if (!line || graph.type_of(end.output()) != graph.type_of(node.output())) break;
      ChannelLines next = all;
      next.append(*line);
      if (!std::isfinite(static_cast<float>(next.factor[0])) ||
          !std::isfinite(static_cast<float>(next.after[0])))
        break;
      all = std::move(next);
      take_place_of(node, end);
      moved = true;
    }
    if (!moved) continue;
    auto op = make_mutable_operator<Unary>(*function);
    op->set_line(static_cast<float>(all.factor[0]), static_cast<float>(all.after[0]));
    node.op = std::move(op);
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
