// SPDX-License-Identifier: Apache-2.0
#include "engine/diagnostics/step_work.h"

#include <string_view>
#include <unordered_map>

#include "engine/graph/op.h"

namespace u2net {
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

bool only_moves(const PlannedStep& step) { return step.type == "reorder" || step.type == "copy"; }

std::vector<const Node*> step_nodes(const Graph& graph, const Plan& plan) {
  std::unordered_map<std::string_view, const Node*> by_name;
  for (const Node& node : graph.nodes) by_name.emplace(node.name, &node);
  std::vector<const Node*> nodes;
  for (const PlannedStep& step : plan.steps) {
    const auto it = by_name.find(step.node);
    nodes.push_back(only_moves(step) || it == by_name.end() ? nullptr : it->second);
  }
  return nodes;
}

std::vector<StepWork> step_work(const Graph& graph, const Plan& plan) {
  const std::vector<const Node*> nodes = step_nodes(graph, plan);
  std::vector<StepWork> works;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    works.push_back(nodes[i] ? work_of(graph, *nodes[i])
                             : StepWork{0, bytes_moved(plan, plan.steps[i])});
  }
  return works;
}

std::vector<std::vector<Refusal>> step_refusals(const Graph& graph, const Plan& plan,
                                                const Backend& backend,
                                                const BackendOptions& options) {
  std::unordered_map<std::string_view, const std::string*> reasons;
  for (const Plan::Fallback& fallback : plan.fallbacks) reasons[fallback.node] = &fallback.why;
  const std::vector<const Node*> nodes = step_nodes(graph, plan);
  std::vector<std::vector<Refusal>> all(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i]) continue;
    all[i] = backend.refusals(graph, *nodes[i], options);
    const auto it = reasons.find(nodes[i]->name);
    if (it != reasons.end() && all[i].empty())
      all[i].push_back({std::string(backend.name()), *it->second});
  }
  return all;
}

}  // namespace u2net
