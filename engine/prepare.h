// SPDX-License-Identifier: Apache-2.0
// From a Model and the sizes of its inputs to the graph that a backend is given.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/backends/backend.h"
#include "engine/graph.h"
#include "engine/kernel_choice.h"
#include "engine/model.h"
#include "engine/work_budget.h"

namespace u2net {

class PassLog;

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
// planning a run of the model may take.
PreparedGraph prepare_graph(const Model& model, std::span<const TensorView> inputs,
                            const KernelChoice& choice = {}, PassLog* log = nullptr,
                            std::optional<WorkBudget> budget = {});

// What the backend of a model is told. `budget` is what is left of that of the plan; null for parts
// of networks alone. Throws as usable_isa().
BackendOptions backend_options(const Model& model, int threads, const KernelChoice& choice = {},
                               WorkBudget* budget = nullptr);

}  // namespace u2net
