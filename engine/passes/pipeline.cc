// SPDX-License-Identifier: Apache-2.0
// The passes, in the order in which they run.
#include <algorithm>

#include "engine/passes/pass.h"
#include "engine/passes/pass_log.h"
#include "kernels/base/float_scope.h"

namespace u2net::engine {
namespace {

// A pass that only moves and renames nodes.
template <bool (*rewrite)(Graph&)>
bool only(Graph& graph, WorkBudget&) {
  return rewrite(graph);
}

template <bool (*compute)(Graph&, WorkBudget&)>
bool within_load(Graph& graph) {
  WorkBudget budget = WorkBudget::of_load(graph);
  return compute(graph, budget);
}

constexpr Pass kModelPasses[] = {
    {"fold_constants", "compute what depends on weights alone", fold_constants},
    {"fuse_bias", "conv2d + per-channel constant -> conv2d with bias", fuse_bias},
    {"fold_batch_norm", "conv2d + batch_norm -> conv2d with scaled weights", fold_batch_norm},
    {"fold_scale", "conv2d + per-channel constants -> conv2d with scaled weights", fold_scale},
    {"eliminate_dead_code", "drop what no output needs", only<eliminate_dead_code>},
};

constexpr Pass kNativeModelPasses[] = {
    {"split_transpose", "conv2d_transpose to a few channels -> conv2d 1x1 + pixel_shuffle",
     split_transpose},
};

constexpr Pass kPlanPasses[] = {
    {"fold_constants", "compute what depends on weights and sizes alone", fold_constants},
    {"specialize_sizes", "sizes that the program computes -> attributes", only<specialize_sizes>},
    {"remove_identity", "drop operators that change nothing", only<remove_identity>},
    {"eliminate_dead_code", "drop what no output needs", only<eliminate_dead_code>},
    {"fuse_relu", "conv2d + relu -> conv2d with ReLU", only<fuse_relu>},
    {"fuse_residual", "conv2d + tensor of its shape -> conv2d with residual", only<fuse_residual>},
    {"fuse_relu", "conv2d with residual + relu -> ReLU at its end", only<fuse_relu>},
};

constexpr Pass kNativePasses[] = {
    {"fuse_scale", "function + one constant -> function with a factor and a summand",
     only<fuse_scale>},
    {"fuse_activation", "conv2d + activation -> conv2d that ends in it", only<fuse_activation>},
    {"fuse_residual", "conv2d + tensor of its shape -> conv2d with residual", only<fuse_residual>},
    {"fuse_relu", "conv2d with residual + relu -> ReLU at its end", only<fuse_relu>},
    {"fold_concat", "concat + conv2d -> conv2d of several sources", only<fold_concat>},
    {"fold_upsample", "bilinear x2 + conv2d 3x3 -> conv2d that resizes its source",
     only<fold_upsample>},
    {"fuse_max_pool", "conv2d + 2x2 maximum -> conv2d with two results", only<fuse_max_pool>},
};

}  // namespace

std::span<const Pass> model_passes() { return kModelPasses; }
std::span<const Pass> native_model_passes() { return kNativeModelPasses; }
std::span<const Pass> plan_passes() { return kPlanPasses; }
std::span<const Pass> native_passes() { return kNativePasses; }

std::vector<std::string> pass_names() {
  std::vector<std::string> names;
  for (const std::span<const Pass> passes :
       {model_passes(), native_model_passes(), plan_passes(), native_passes()}) {
    for (const Pass& pass : passes) {
      if (std::find(names.begin(), names.end(), pass.name) == names.end())
        names.emplace_back(pass.name);
    }
  }
  return names;
}

void run_passes(std::span<const Pass> passes, const std::vector<std::string>& disabled,
                Graph& graph, WorkBudget& budget, PassLog* log) {
  const kernels::FloatScope floats;  // weights are folded as they would be used
  for (const Pass& pass : passes) {
    if (std::find(disabled.begin(), disabled.end(), pass.name) != disabled.end()) continue;
    const Graph before = log ? graph : Graph();
    pass.run(graph, budget);
    if (log) log->add(pass, before, graph);
  }
}

void run_passes(std::span<const Pass> passes, const std::vector<std::string>& disabled,
                Graph& graph, PassLog* log) {
  WorkBudget budget = WorkBudget::of_load(graph);
  run_passes(passes, disabled, graph, budget, log);
}

bool fold_batch_norm(Graph& graph) { return within_load<fold_batch_norm>(graph); }
bool fold_constants(Graph& graph) { return within_load<fold_constants>(graph); }
bool fold_scale(Graph& graph) { return within_load<fold_scale>(graph); }
bool fuse_bias(Graph& graph) { return within_load<fuse_bias>(graph); }

}  // namespace u2net::engine
