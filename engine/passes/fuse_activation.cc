// SPDX-License-Identifier: Apache-2.0
// y = conv2d(x);  z = f(y)  ->  z = conv2d(x) with f at its end       where nobody else reads y,
// and f is a function of one operand (hard_swish, relu6, sigmoid ...) that says how steep it is:
// how far off the end may be is known then
#include "engine/ops/conv2d.h"
#include "engine/ops/unary.h"
#include "engine/passes/pass.h"

namespace u2net::engine {

bool fuse_activation(Graph& graph) {
  const Connections connections(graph);
  bool changed = false;
  for (Node& node : graph.nodes) {
    const Conv2d* conv = node.op ? op_as<Conv2d>(node) : nullptr;
    if (!conv || conv->activation) continue;
    const Use* use = connections.sole_use(node.output());
    const Unary* function = use ? op_as<Unary>(graph.nodes[use->node]) : nullptr;
    if (!function || !function->function().ends_convolutions()) continue;
    auto fused = make_mutable_operator<Conv2d>(*conv);
    fused->activation = kernels::Activation{function->kind(), function->parameters()};
    fused->activation_after_residual = node.has_input(Conv2d::kResidual);
    node.op = std::move(fused);
    take_place_of(node, graph.nodes[use->node]);
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
