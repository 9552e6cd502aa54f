// SPDX-License-Identifier: Apache-2.0
// What the steps of a plan have to do, whatever kernel does it.
#pragma once

#include "engine/graph/graph.h"
#include "engine/plan/plan.h"

namespace u2net::engine {

struct StepWork {
  double macs = 0;   // multiply-accumulates of the direct algorithm
  double bytes = 0;  // of every operand and every result, each once, without padding
};

StepWork work_of(const Graph& graph, const Node& node);
// Of one of the plan's steps in a whole run, all parts of the batch; of what only moves values: the
// bytes of its buffers.
StepWork work_of(const Plan& plan, const PlannedStep& step);

}  // namespace u2net::engine
