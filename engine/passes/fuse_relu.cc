// SPDX-License-Identifier: Apache-2.0
// y = conv2d(x);  z = relu(y)  ->  z = conv2d(x) with ReLU at its end       where nobody else reads
// y
#include "engine/ops/conv2d.h"
#include "engine/ops/unary.h"
#include "engine/passes/pass.h"

namespace u2net::engine {

bool fuse_relu(Graph& graph) {
  const Connections connections(graph);
  bool changed = false;
  for (Node& node : graph.nodes) {
    const Conv2d* conv = node.op ? op_as<Conv2d>(node) : nullptr;
    const Use* use = conv ? connections.sole_use(node.output()) : nullptr;
    if (!use || !is_unary(graph.nodes[use->node], kernels::UnaryKind::kRelu)) continue;
    // An activation stands behind the ReLU at its side of the residual.
    const bool has_residual = node.has_input(Conv2d::kResidual);
    if (conv->activation && (conv->activation_after_residual || !has_residual)) continue;
    auto fused = make_mutable_operator<Conv2d>(*conv);
    (has_residual ? fused->relu_after_residual : fused->relu) = true;
    node.op = std::move(fused);
    take_place_of(node, graph.nodes[use->node]);
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
