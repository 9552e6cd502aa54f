// SPDX-License-Identifier: Apache-2.0
#include "engine/run/model.h"

#include <malloc.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/op.h"
#include "engine/graph/work_budget.h"
#include "engine/ops/conv2d.h"
#include "engine/passes/pass.h"

namespace u2net::engine {
namespace {

void check_pass_names(const std::vector<std::string>& names) {
  const std::vector<std::string> known = pass_names();
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw_error(ErrorCode::kUsage, "there is no pass named '", name,
                  "'; available: ", joined(known));
    }
  }
}

// The filters of convolutions that nothing else reads: what only packing looks at.
std::set<const Tensor*> filters_alone(const Graph& graph) {
  const Connections connections(graph);
  std::set<const Tensor*> filters, others;
  for (std::size_t id = 0; id < graph.values.size(); ++id) {
    const Tensor* constant = graph.values[id].constant.get();
    if (!constant || constant->is_borrowed()) continue;
    for (const Use& use : connections.uses[id]) {
      const bool is_filter = use.node != kOutputUse && use.slot == Conv2d::kFilter &&
                             op_as<Conv2d>(graph.nodes[static_cast<std::size_t>(use.node)]);
      (is_filter ? filters : others).insert(constant);
    }
  }
  for (const Tensor* other : others) filters.erase(other);
  return filters;
}

}  // namespace

void return_freed_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

Model::Model(Graph graph, ModelOptions options)
    : mode_(&find_graph_mode(options.mode)),
      disabled_passes_(std::move(options.disabled_passes)),
      graph_(std::move(graph)) {
  check_pass_names(disabled_passes_);
  if (graph_.file_bytes == 0) graph_.file_bytes = constant_bytes(graph_);
  if (mode_->has_passes() && !options.passes_have_run) {
    WorkBudget budget = WorkBudget::of_load(graph_);
    run_passes(model_passes(), disabled_passes_, graph_, budget, options.pass_log);
    if (mode_->passes == PassSet::kNative)
      run_passes(native_model_passes(), disabled_passes_, graph_, budget, options.pass_log);
    return_freed_memory();  // folding makes every weight anew
  }
  std::set<const Tensor*> released;
  if (mode_->passes != PassSet::kNative) {
    options.packed.clear();
  } else {
    if (options.owns_weights) released = filters_alone(graph_);
    warnings_ = std::move(options.warnings);
  }
  weights_ = std::make_unique<WeightCache>(std::move(released), std::move(options.packed));
}

Model::Model(std::shared_ptr<const NetworkCode> code)
    : mode_(&find_mode("dynamic")),
      code_(std::move(code)),
      weights_(std::make_unique<WeightCache>()) {}

BackendOptions backend_options(const Model& model, kernels::ThreadPool& pool,
                               const KernelChoice& choice, WorkBudget* budget) {
  return {.threads = pool.threads(),
          .pool = &pool,
          .share_memory = model.mode().has_passes(),
          .weights = &model.weights(),
          .cpu = usable_features(),
          .kernels = choice,
          .budget = budget};
}

std::vector<PortInfo> Model::inputs() const {
  if (code_) return code_->inputs();
  std::vector<PortInfo> infos;
  for (const Port& port : graph_.inputs) infos.push_back({port.name, graph_.type_of(port.value)});
  return infos;
}

std::vector<std::string> Model::output_names() const {
  if (code_) return code_->output_names();
  std::vector<std::string> names;
  for (const Port& port : graph_.outputs) names.push_back(port.name);
  return names;
}

}  // namespace u2net::engine
