// SPDX-License-Identifier: Apache-2.0
// The passes, in the order in which they run.
#include <algorithm>

#include "engine/passes/pass.h"
#include "engine/passes/pass_log.h"
#include "kernels/float_scope.h"

namespace u2net {
namespace {

constexpr Pass kModelPasses[] = {
    {"fold_constants", "compute what depends on weights alone", fold_constants},
    {"fuse_bias", "conv2d + per-channel constant -> conv2d with bias", fuse_bias},
    {"fold_batch_norm", "conv2d + batch_norm -> conv2d with scaled weights", fold_batch_norm},
    {"eliminate_dead_code", "drop what no output needs", eliminate_dead_code},
};

constexpr Pass kPlanPasses[] = {
    {"fold_constants", "compute what depends on weights and sizes alone", fold_constants},
    {"specialize_sizes", "sizes that the program computes -> attributes", specialize_sizes},
    {"remove_identity", "drop operators that change nothing", remove_identity},
    {"eliminate_dead_code", "drop what no output needs", eliminate_dead_code},
    {"fuse_relu", "conv2d + relu -> conv2d with ReLU", fuse_relu},
    {"fuse_residual", "conv2d + tensor of its shape -> conv2d with residual", fuse_residual},
    {"fuse_relu", "conv2d with residual + relu -> ReLU at its end", fuse_relu},
};

constexpr Pass kNativePasses[] = {
    {"fold_concat", "concat + conv2d -> conv2d of several sources", fold_concat},
    {"fold_upsample", "bilinear x2 + conv2d 3x3 -> conv2d that resizes its source", fold_upsample},
    {"fuse_max_pool", "conv2d + 2x2 maximum -> conv2d with two results", fuse_max_pool},
};

}  // namespace

std::span<const Pass> model_passes() { return kModelPasses; }
std::span<const Pass> plan_passes() { return kPlanPasses; }
std::span<const Pass> native_passes() { return kNativePasses; }

std::vector<std::string> pass_names() {
  std::vector<std::string> names;
  for (const std::span<const Pass> passes : {model_passes(), plan_passes(), native_passes()}) {
    for (const Pass& pass : passes) {
      if (std::find(names.begin(), names.end(), pass.name) == names.end())
        names.emplace_back(pass.name);
    }
  }
  return names;
}

void run_passes(std::span<const Pass> passes, const std::vector<std::string>& disabled,
                Graph& graph, PassLog* log) {
  const FloatScope floats;  // weights are folded as they would be used
  for (const Pass& pass : passes) {
    if (std::find(disabled.begin(), disabled.end(), pass.name) != disabled.end()) continue;
    const Graph before = log ? graph : Graph();
    pass.run(graph);
    if (log) log->add(pass, before, graph);
  }
}

}  // namespace u2net
