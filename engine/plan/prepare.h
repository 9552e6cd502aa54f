// SPDX-License-Identifier: Apache-2.0
// From a graph and the sizes of its inputs to the graph that a backend is given.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/graph/work_budget.h"
#include "engine/passes/pass.h"
#include "engine/plan/kernel_choice.h"

namespace u2net::engine {

class PassLog;

// A graph whose model passes have run, and the passes of its mode.
struct Preparable {
  const Graph& graph;
  PassSet passes = PassSet::kNone;
  std::span<const std::string> disabled_passes = {};  // by name
};

struct PreparedGraph {
  Graph graph;                      // every type known; after the plan passes of the mode
  std::vector<bool> value_decides;  // see InferenceResult
  WorkBudget budget = {};           // what is left of that of planning
};

// Throws kInputShape where an input is not of the declared type, in which -1 stands for any size.
void check_input(const std::string& name, const TensorType& declared, DType dtype,
                 const Shape& shape);

// Checks the inputs against what the program declares and throws kInputShape where they do not fit.
// `log`, where there is one, learns what the passes did. Takes from `budget`, or from all that
// planning a run of the graph may take.
PreparedGraph prepare_graph(const Preparable& source, std::span<const TensorView> inputs,
                            const KernelChoice& choice = {}, PassLog* log = nullptr,
                            std::optional<WorkBudget> budget = {});

}  // namespace u2net::engine
