// SPDX-License-Identifier: Apache-2.0
#include "engine/run/session.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>

#include "engine/backends/backend_table.h"
#include "engine/base/error.h"
#include "engine/graph/work_budget.h"
#include "engine/plan/batch_parts.h"
#include "engine/plan/prepare.h"
#include "engine/run/execution.h"

namespace u2net {
namespace {

constexpr std::size_t kMaxPlans = 8;

}  // namespace

// An Execution and the inputs that it holds for.
struct Session::Prepared {
  std::vector<TensorType> types;
  std::vector<std::vector<std::byte>>
      values;  // of the inputs whose elements decide shapes; else empty
  std::vector<bool> value_decides;
  Execution execution;
  // Where there are parts, made at the first run.
  std::optional<GatheredOutputs> gathered = {};
  std::vector<TensorView> part_views = {};

  const std::vector<TensorView>& run(AlignedBuffer& arena, std::vector<AlignedBuffer>& outputs,
                                     std::span<const TensorView> inputs, ThreadPool& pool,
                                     RunTrace* trace) {
    if (trace) {
      trace->begin_ns = now_ns();
      trace->parts.clear();
    }
    const std::int64_t parts = execution.plan().parts;
    if (parts == 1) return execution.run(arena, inputs, pool, trace);
    if (part_views.empty()) part_views = views_of_part(inputs, parts, 0);
    for (std::int64_t part = 0; part < parts; ++part) {
      for (std::size_t i = 0; i < inputs.size(); ++i)
        part_views[i].data = data_of_part(inputs[i], parts, part);
      const std::vector<TensorView>& results = execution.run(arena, part_views, pool, trace);
      if (!gathered) gathered.emplace(results, parts);
      if (part == 0) gathered->place_in(outputs);
      gathered->put(part, results);
    }
    if (trace) trace->end_ns = now_ns();
    return gathered->views();
  }

  bool fits(std::span<const TensorView> inputs) const {
    if (types.size() != inputs.size()) return false;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (types[i].dtype != inputs[i].dtype || types[i].shape != inputs[i].shape) return false;
      if (value_decides[i] &&
          (inputs[i].data == nullptr ||
           std::memcmp(values[i].data(), inputs[i].data, values[i].size()) != 0)) {
        return false;
      }
    }
    return true;
  }
};

Session::Session(std::shared_ptr<const Model> model, SessionOptions options)
    : model_(std::move(model)),
      options_(options),
      pool_(options.threads > 0 ? options.threads : default_threads()) {}

Session::~Session() = default;

Plan Session::plan_for(std::span<const TensorView> inputs, std::size_t max_batch_bytes,
                       std::vector<bool>& value_decides) {
  BatchParts batch = prepare_parts(model_->preparable(), inputs, options_.kernels, max_batch_bytes);
  // Before the backend is asked: what it does for a size may take memory that grows with it.
  if (const std::size_t bytes = largest_result(batch.part.graph);
      bytes > options_.max_arena_bytes) {
    if (max_batch_bytes == 0) refuse_size(bytes);
    return plan_for(inputs, 0, value_decides);  // in the smallest parts there are
  }
  PlanBuilder builder(std::make_shared<const Graph>(std::move(batch.part.graph)));
  find_backend(model_->mode().backend)
      ->build(backend_options(*model_, threads(), options_.kernels, &batch.part.budget), builder);
  Plan plan = builder.finish();
  if (batch.count > 1) {
    plan.parts = batch.count;
    plan.batch_graph = std::make_shared<const Graph>(std::move(batch.whole));
    plan.notes.push_back("the batch runs in " + std::to_string(batch.count) +
                         " parts, one after the other");
  }
  value_decides = batch.part.value_decides;
  return plan;
}

void Session::refuse_size(std::size_t activation_bytes) const {
  throw Error(ErrorCode::kModelLimit,
              "the activations need " + std::to_string(activation_bytes >> 20) +
                  " MiB, the limit is " + std::to_string(options_.max_arena_bytes >> 20) + " MiB");
}

Session::Prepared& Session::prepared_for(std::span<const TensorView> inputs) {
  const auto fits = [&](const std::unique_ptr<Prepared>& p) { return p->fits(inputs); };
  if (const auto it = std::find_if(plans_.begin(), plans_.end(), fits); it != plans_.end()) {
    plans_.splice(plans_.begin(), plans_, it);
    return *plans_.front();
  }
  std::vector<bool> value_decides;
  Plan plan = plan_for(inputs, options_.max_batch_bytes, value_decides);
  if (plan.activation_bytes() > options_.max_arena_bytes)
    plan = plan_for(inputs, 0, value_decides);  // in the smallest parts there are
  if (plan.activation_bytes() > options_.max_arena_bytes) refuse_size(plan.activation_bytes());
  auto prepared = std::make_unique<Prepared>(Prepared{.types = {},
                                                      .values = {},
                                                      .value_decides = std::move(value_decides),
                                                      .execution = Execution(std::move(plan))});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    prepared->types.push_back({inputs[i].dtype, inputs[i].shape});
    prepared->values.emplace_back();
    if (prepared->value_decides[i]) {
      const auto* bytes = static_cast<const std::byte*>(inputs[i].data);
      prepared->values.back().assign(bytes, bytes + byte_count(inputs[i].dtype, inputs[i].shape));
    }
  }
  if (plans_.size() >= kMaxPlans) plans_.pop_back();
  plans_.push_front(std::move(prepared));
  forget_heavy_plans();
  return *plans_.front();
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
  auto plan = plans_.begin();
  for (; plan != plans_.end(); ++plan) {
    for (const Plan::Buffer& buffer : (*plan)->execution.plan().buffers) {
      if (buffer.constant && counted.insert(buffer.constant.get()).second) bytes += buffer.bytes;
    }
    if (plan != plans_.begin() && bytes > most) break;
  }
  if (plan == plans_.end()) return;
  plans_.erase(plan, plans_.end());
  model_->weights().forget_unused();
}

const Plan& Session::prepare(std::span<const TensorView> inputs) {
  return prepared_for(inputs).execution.plan();
}

const std::vector<TensorView>& Session::run(std::span<const TensorView> inputs, RunTrace* trace) {
  for (const TensorView& input : inputs) {
    if (input.data == nullptr) throw Error(ErrorCode::kInputShape, "an input has no data");
  }
  return prepared_for(inputs).run(arena_, batch_outputs_, inputs, pool_, trace);
}

const std::vector<TensorView>& Session::run(std::span<const TensorView> inputs) {
  return run(inputs, nullptr);
}

const std::vector<TensorView>& Session::run(std::span<const TensorView> inputs, RunTrace& trace) {
  return run(inputs, &trace);
}

}  // namespace u2net
