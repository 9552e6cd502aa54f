// SPDX-License-Identifier: Apache-2.0
// A pass rewrites a Graph into one with the same outputs and returns whether it changed anything.
// Model passes run once, on weights alone; plan passes run for given input sizes, every type known;
// native ones follow either where the native backend is to run the graph. What makes weights of
// others is a model pass: packed weights are kept by the weight that they are of.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/graph/work_budget.h"

namespace u2net::engine {

class PassLog;

// Which passes a mode runs: each set includes those before it.
enum class PassSet { kNone, kGeneral, kNative };

struct Pass {
  std::string_view name;
  std::string_view what;  // one line for people
  // What it computes of weights, and what it makes of them, is taken from the budget; what does not
  // fit stays as it is.
  bool (*run)(Graph& graph, WorkBudget& budget);
};

std::span<const Pass> model_passes();
std::span<const Pass> native_model_passes();
std::span<const Pass> plan_passes();
std::span<const Pass> native_passes();
// Of all, each once, in the order in which they run first.
std::vector<std::string> pass_names();

// Runs those that are not in `disabled`; `log`, where there is one, learns what each of them did.
void run_passes(std::span<const Pass> passes, const std::vector<std::string>& disabled,
                Graph& graph, WorkBudget& budget, PassLog* log = nullptr);
// Within what loading the graph may take.
void run_passes(std::span<const Pass> passes, const std::vector<std::string>& disabled,
                Graph& graph, PassLog* log = nullptr);

bool fold_batch_norm(Graph& graph, WorkBudget& budget);
bool fold_constants(Graph& graph, WorkBudget& budget);
bool fold_scale(Graph& graph, WorkBudget& budget);
bool fuse_bias(Graph& graph, WorkBudget& budget);
bool split_transpose(Graph& graph, WorkBudget& budget);
// Within what loading the graph may take.
bool fold_batch_norm(Graph& graph);
bool fold_constants(Graph& graph);
bool fold_scale(Graph& graph);
bool fuse_bias(Graph& graph);

// By value: whether an output follows from it.
std::vector<bool> needed_values(const Graph& graph);
bool has_needed_output(const Node& node, const std::vector<bool>& needed);
bool eliminate_dead_code(Graph& graph);
bool fold_concat(Graph& graph);
bool fold_upsample(Graph& graph);
bool fuse_activation(Graph& graph);
bool fuse_max_pool(Graph& graph);
bool fuse_relu(Graph& graph);
bool fuse_residual(Graph& graph);
bool fuse_scale(Graph& graph);
bool remove_identity(Graph& graph);
bool specialize_sizes(Graph& graph);

}  // namespace u2net::engine
