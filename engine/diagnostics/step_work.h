// SPDX-License-Identifier: Apache-2.0
// What the steps of a plan have to do, whatever kernel does it, and why kernels were not taken.
#pragma once

#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/plan/backend.h"
#include "engine/plan/plan.h"

namespace u2net {

struct StepWork {
  double macs = 0;   // multiply-accumulates of the direct algorithm
  double bytes = 0;  // of every operand and every result, each once, without padding
};

StepWork work_of(const Graph& graph, const Node& node);

// What a plan calls steps that only move values; they belong to no node.
bool only_moves(const PlannedStep& step);

// By step of a plan that was made of the graph: its node, or null for what only moves values.
std::vector<const Node*> step_nodes(const Graph& graph, const Plan& plan);
// By step; of what only moves values: the bytes of its buffers.
std::vector<StepWork> step_work(const Graph& graph, const Plan& plan);
// By step: the kernels that the backend did not take for its node, and why.
std::vector<std::vector<Refusal>> step_refusals(const Graph& graph, const Plan& plan,
                                                const Backend& backend,
                                                const BackendOptions& options);

}  // namespace u2net
