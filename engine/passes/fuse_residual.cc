// SPDX-License-Identifier: Apache-2.0
// y = conv2d(x);  z = elementwise_add(y, r), r of y's shape  ->  z = conv2d(x) + r
//   where nobody else reads y. The convolution moves to the place of the addition, where r is
//   ready.
#include "engine/ops/conv2d.h"
#include "engine/ops/elementwise.h"
#include "engine/passes/pass.h"

namespace u2net::engine {
namespace {

// The convolution behind one operand of an addition, if it can take the other one in; else -1.
int fusible(const Graph& graph, const Connections& connections, const Node& add, int slot) {
  const ValueId y = add.input(slot), r = add.input(1 - slot);
  const int producer = connections.producer[y];
  if (producer < 0 || !graph.nodes[producer].op || !connections.sole_use(y)) return -1;
  const Node& conv = graph.nodes[producer];
  if (!op_as<Conv2d>(conv) || conv.has_input(Conv2d::kResidual)) return -1;
  return graph.type_of(y) == graph.type_of(r) ? producer : -1;
}

}  // namespace

bool fuse_residual(Graph& graph) {
  bool changed = false;
  // Of the graph as it was: a convolution that moves takes its reads along, and what reads it is
  // moved over, so that producers and numbers of readers stay what they were.
  const Connections connections(graph);
  for (Node& node : graph.nodes) {
    const Elementwise* add = node.op ? op_as<Elementwise>(node) : nullptr;
    if (!add || add->kind() != kernels::BinaryKind::kAdd || node.input(0) == node.input(1))
      continue;
    const int first = fusible(graph, connections, node, 0),
              second = fusible(graph, connections, node, 1);
    const int producer = first > second ? first : second;  // the later one: its operand is older
    if (producer < 0) continue;
    const ValueId residual = node.input(producer == first ? 1 : 0);
    Node fused = graph.nodes[producer];
    fused.name = node.name;
    fused.inputs[Conv2d::kResidual] = {residual};
    fused.outputs = node.outputs;
    graph.nodes[producer].op = nullptr;
    node = std::move(fused);
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
