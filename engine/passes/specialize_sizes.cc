// SPDX-License-Identifier: Apache-2.0
// interp(x, OutSize = cast(slice(shape(y)))) -> interp(x) with the size as an attribute, and
// likewise for every operator with size inputs, once fold_constants has made them constants. The
// arithmetic that computed them becomes dead code.
#include <algorithm>

#include "engine/base/error.h"
#include "engine/graph/op.h"
#include "engine/passes/pass.h"

namespace u2net::engine {

bool specialize_sizes(Graph& graph) {
  bool changed = false;
  for (Node& node : graph.nodes) {
    bool all_constant = true;
    for (std::size_t slot = 1; slot < node.inputs.size(); ++slot) {
      for (ValueId id : node.inputs[slot])
        all_constant = all_constant && graph.constant(id) != nullptr;
    }
    if (!all_constant) continue;
    Inference inference(graph, node, [&](ValueId id) { return graph.constant(id); });
    std::shared_ptr<const Operator> op = node.op->specialized(inference);
    if (!op) continue;
    node.op = std::move(op);
    for (std::size_t slot = 1; slot < node.inputs.size(); ++slot) node.inputs[slot].clear();
    changed = true;
  }
  return changed;
}

}  // namespace u2net::engine
