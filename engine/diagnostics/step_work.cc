// SPDX-License-Identifier: Apache-2.0
#include "engine/diagnostics/step_work.h"

#include "engine/graph/op.h"

namespace u2net::engine {
namespace {

double bytes_of(const Graph& graph, const std::vector<std::vector<ValueId>>& slots) {
  double bytes = 0;
  for (const auto& slot : slots) {
    for (ValueId id : slot) {
      const TensorType& type = graph.type_of(id);
      bytes += static_cast<double>(byte_count(type.dtype, type.shape));
    }
  }
  return bytes;
}

// A library's scratch memory, if any, comes last and is not among them.
double bytes_moved(const Plan& plan, const PlannedStep& step) {
  double bytes = 0;
  if (!step.reads.empty()) bytes += static_cast<double>(plan.buffers[step.reads.front()].bytes);
  if (!step.writes.empty()) bytes += static_cast<double>(plan.buffers[step.writes.front()].bytes);
  return bytes;
}

}  // namespace

StepWork work_of(const Graph& graph, const Node& node) {
  const double read = node.op->reads_shape_only() ? 0 : bytes_of(graph, node.inputs);
  return {node.op->macs(graph, node), read + bytes_of(graph, node.outputs)};
}

StepWork work_of(const Plan& plan, const PlannedStep& step) {
  StepWork work =
      step.only_moves()
          ? StepWork{0, bytes_moved(plan, step)}
          : work_of(*plan.graph, plan.graph->nodes[static_cast<std::size_t>(step.node_id)]);
  work.macs *= static_cast<double>(plan.parts);
  work.bytes *= static_cast<double>(plan.parts);
  return work;
}

}  // namespace u2net::engine
