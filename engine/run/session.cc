// SPDX-License-Identifier: Apache-2.0
#include "engine/run/session.h"

#include <algorithm>
#include <optional>
#include <set>

#include "engine/backends/backend_table.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/work_budget.h"
#include "engine/plan/batch_parts.h"
#include "engine/plan/prepare.h"
#include "kernels/base/float_scope.h"

namespace u2net::engine {
namespace {

constexpr std::size_t kMaxPlans = 8;

}  // namespace

// A run of the network's code, one image after the other: it keeps a lot in memory.
class Session::CodeRun {
 public:
  const std::vector<TensorView>& run(const NetworkCode& code, std::span<const TensorView> inputs,
                                     kernels::ThreadPool& pool) {
    if (const std::size_t count = code.inputs().size(); inputs.size() != count) {
      throw_error(ErrorCode::kInputShape, "the model has ", count,
                  count == 1 ? " input" : " inputs", ", got ", inputs.size());
    }
    const Shape& shape = inputs.front().shape;
    const std::int64_t images = inputs.size() == 1 && !shape.empty() ? shape.front() : 1;
    if (images <= 1) return run_part(code, inputs, pool);
    for (std::int64_t i = 0; i < images; ++i) {
      const std::vector<TensorView>& results =
          run_part(code, views_of_part(inputs, images, i), pool);
      if (i == 0) gathered_.emplace(results, images).place_in(batch_outputs_);
      gathered_->put(i, results);
    }
    return gathered_->views();
  }

 private:
  const std::vector<TensorView>& run_part(const NetworkCode& code,
                                          std::span<const TensorView> inputs,
                                          kernels::ThreadPool& pool) {
    const kernels::FloatScope floats;
    outputs_ = code.forward(inputs, pool);
    views_.clear();
    for (const Tensor& output : outputs_) views_.push_back(output.view());
    return views_;
  }

  std::vector<Tensor> outputs_;
  std::vector<TensorView> views_;
  std::optional<GatheredOutputs> gathered_;
  std::vector<AlignedBuffer> batch_outputs_;
};

Session::Session(std::shared_ptr<const Model> model, SessionOptions options)
    : model_(std::move(model)),
      options_(std::move(options)),
      pool_(options_.threads > 0 ? options_.threads : kernels::default_threads()) {
  if (model_->code()) code_ = std::make_unique<CodeRun>();
}

Session::~Session() = default;

Plan Session::plan_for(std::span<const TensorView> inputs, std::size_t max_batch_bytes) {
  BatchParts batch = prepare_parts(model_->preparable(), inputs, options_.kernels, max_batch_bytes);
  // Before the backend is asked: what it does for a size may take memory that grows with it.
  if (const std::size_t bytes = largest_result(batch.part.graph);
      bytes > options_.max_arena_bytes) {
    if (max_batch_bytes == 0) refuse_size(bytes);
    return plan_for(inputs, 0);  // in the smallest parts there are
  }
  PlanBuilder builder(std::make_shared<const Graph>(std::move(batch.part.graph)));
  const Backend& backend = *find_backend(model_->mode().backend);
  const BackendOptions options =
      backend_options(*model_, pool_, options_.kernels, &batch.part.budget);
  builder.decide_precision(backend.decide_precision(options));
  backend.build(options, builder);
  Plan plan = builder.finish();
  if (batch.count > 1) {
    plan.parts = batch.count;
    plan.batch_graph = std::make_shared<const Graph>(std::move(batch.whole));
    plan.notes.push_back(str_cat("the batch runs in ", batch.count, " parts, one after the other"));
  }
  plan.value_decides = std::move(batch.part.value_decides);
  plan.warnings.insert(plan.warnings.end(), model_->warnings().begin(), model_->warnings().end());
  return plan;
}

void Session::refuse_size(std::size_t activation_bytes) const {
  throw_error(ErrorCode::kModelLimit, "the activations need ", activation_bytes >> 20,
              " MiB, the limit is ", options_.max_arena_bytes >> 20, " MiB");
}

Execution& Session::execution_for(std::span<const TensorView> inputs) {
  if (!plans()) throw_error(ErrorCode::kUsage, "mode 'dynamic' makes no plans");
  const auto fits = [&](const Execution& e) { return e.fits(inputs); };
  const auto found = std::find_if(executions_.begin(), executions_.end(), fits);
  if (found != executions_.end()) {
    executions_.splice(executions_.begin(), executions_, found);
    return executions_.front();
  }
  const std::int64_t packed = model_->weights().packing_ns();
  Plan plan = plan_for(inputs, options_.max_batch_bytes);
  if (plan.activation_bytes() > options_.max_arena_bytes)
    plan = plan_for(inputs, 0);  // in the smallest parts there are
  if (plan.activation_bytes() > options_.max_arena_bytes) refuse_size(plan.activation_bytes());
  if (executions_.size() >= kMaxPlans) executions_.pop_back();
  executions_.emplace_front(std::move(plan), inputs);
  forget_heavy_plans();
  if (model_->weights().packing_ns() != packed) return_freed_memory();
  return executions_.front();
}

// Plans for other sizes may hold the same weights in other layouts: the oldest ones go.
void Session::forget_heavy_plans() {
  std::set<const void*> counted;  // each once, and the weights themselves not at all
  for (const Value& value : model_->graph().values) {
    if (value.constant) counted.insert(value.constant->data());
  }
  const std::size_t most =
      std::min(options_.kernels.max_weight_bytes, memory_limit(model_->graph().file_bytes));
  std::size_t bytes = 0;
  auto it = executions_.begin();
  for (; it != executions_.end(); ++it) {
    for (const Plan::Buffer& buffer : it->plan().buffers) {
      if (buffer.constant && counted.insert(buffer.constant.get()).second) bytes += buffer.bytes;
    }
    if (it != executions_.begin() && bytes > most) break;
  }
  if (it == executions_.end()) return;
  executions_.erase(it, executions_.end());
  model_->weights().forget_unused();
}

const Plan& Session::prepare(std::span<const TensorView> inputs) {
  pool_.be_ready();
  return execution_for(inputs).plan();
}

const std::vector<TensorView>& Session::run(std::span<const TensorView> inputs, RunTrace* trace) {
  for (const TensorView& input : inputs) {
    if (input.data == nullptr) throw_error(ErrorCode::kInputShape, "an input has no data");
  }
  pool_.be_ready();
  if (code_) return code_->run(*model_->code(), inputs, pool_);
  return execution_for(inputs).run(memory_, inputs, pool_, trace);
}

const std::vector<TensorView>& Session::run(std::span<const TensorView> inputs) {
  return run(inputs, nullptr);
}

const std::vector<TensorView>& Session::run(std::span<const TensorView> inputs, RunTrace& trace) {
  if (!plans()) throw_error(ErrorCode::kUsage, "mode 'dynamic' has no steps to trace");
  return run(inputs, &trace);
}

}  // namespace u2net::engine
