// SPDX-License-Identifier: Apache-2.0
#include "engine/run/execution.h"

#include <cstring>

#include "engine/plan/addresses.h"
#include "kernels/base/float_scope.h"

namespace u2net::engine {
namespace {

// Leaves the backend's scope however a run ends.
class Entered {
 public:
  explicit Entered(RunScope* scope) : scope_(scope) {
    if (scope_) scope_->enter();
  }
  ~Entered() {
    if (scope_) scope_->leave();
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

 private:
  RunScope* scope_;
};

// Takes the log out of the pool however a run ends.
class Logged {
 public:
  Logged(kernels::ThreadPool& pool, kernels::WorkLog& log) : pool_(pool) { pool_.set_log(&log); }
  ~Logged() { pool_.set_log(nullptr); }
  Logged(const Logged&) = delete;
  Logged& operator=(const Logged&) = delete;

 private:
  kernels::ThreadPool& pool_;
};

// More parallel loops in a step than this share entries of the log.
constexpr std::size_t kJobsPerStep = 16;

}  // namespace

Execution::Execution(Plan plan, std::span<const TensorView> made_for)
    : plan_(std::move(plan)), values_(made_for.size()), bindings_(plan_.buffers.size()) {
  for (std::size_t i = 0; i < made_for.size(); ++i) {
    types_.push_back({made_for[i].dtype, made_for[i].shape});
    if (!plan_.value_decides[i]) continue;
    const auto* bytes = static_cast<const std::byte*>(made_for[i].data);
    values_[i].assign(bytes, bytes + byte_count(made_for[i].dtype, made_for[i].shape));
  }
  for (const PlannedOutput& output : plan_.outputs) {
    outputs_.push_back({output.type.dtype, output.type.shape, nullptr});
  }
}

bool Execution::fits(std::span<const TensorView> inputs) const {
  if (types_.size() != inputs.size()) return false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (types_[i].dtype != inputs[i].dtype || types_[i].shape != inputs[i].shape) return false;
    if (plan_.value_decides[i] &&
        (inputs[i].data == nullptr ||
         std::memcmp(values_[i].data(), inputs[i].data, values_[i].size()) != 0)) {
      return false;
    }
  }
  return true;
}

void Execution::bind(AlignedBuffer& arena, std::span<const TensorView> inputs) {
  arena.make_room(plan_.arena_bytes);
  const bool arena_moved = !is_bound_ || bound_arena_ != arena.data();
  bool inputs_moved = false;
  bound_inputs_.resize(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    inputs_moved = inputs_moved || bound_inputs_[i] != inputs[i].data;
    bound_inputs_[i] = inputs[i].data;
  }
  if (!arena_moved && !inputs_moved) return;
  is_bound_ = false;  // while only some steps are
  for (BufferId id = 0; id < static_cast<BufferId>(plan_.buffers.size()); ++id) {
    bindings_.set(id, address_of(plan_, id, arena.data(), inputs));
  }
  for (PlannedStep& step : plan_.steps) {
    if (arena_moved || step.reads_input) step.step->bind(bindings_);
  }
  bound_arena_ = arena.data();
  is_bound_ = true;
  for (std::size_t i = 0; i < outputs_.size(); ++i)
    outputs_[i].data = bindings_[plan_.outputs[i].buffer];
}

const std::vector<TensorView>& Execution::run_part(AlignedBuffer& arena,
                                                   std::span<const TensorView> inputs,
                                                   kernels::ThreadPool& pool, RunTrace* trace) {
  bind(arena, inputs);
  const kernels::FloatScope floats;
  const Entered entered(plan_.scope.get());
  if (trace) {
    trace->parts.push_back(run_traced(pool));
    trace->end_ns = kernels::now_ns();
  } else {
    for (PlannedStep& step : plan_.steps) step.step->run(pool);
  }
  return outputs_;
}

const std::vector<TensorView>& Execution::run(RunMemory& memory, std::span<const TensorView> inputs,
                                              kernels::ThreadPool& pool, RunTrace* trace) {
  if (trace) {
    trace->begin_ns = kernels::now_ns();
    trace->parts.clear();
  }
  if (plan_.parts == 1) return run_part(memory.arena, inputs, pool, trace);
  if (part_inputs_.empty()) part_inputs_ = views_of_part(inputs, plan_.parts, 0);
  for (std::int64_t part = 0; part < plan_.parts; ++part) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      part_inputs_[i].data = data_of_part(inputs[i], plan_.parts, part);
    const std::vector<TensorView>& results = run_part(memory.arena, part_inputs_, pool, trace);
    if (!gathered_) gathered_.emplace(results, plan_.parts);
    if (part == 0) gathered_->place_in(memory.batch_outputs);
    gathered_->put(part, results);
  }
  if (trace) trace->end_ns = kernels::now_ns();
  return gathered_->views();
}

RunTrace::Part Execution::run_traced(kernels::ThreadPool& pool) {
  RunTrace::Part trace;
  kernels::WorkLog log(pool.threads(), plan_.steps.size() * kJobsPerStep);
  trace.boundaries_ns.reserve(plan_.steps.size() + 1);
  const Logged logged(pool, log);
  trace.boundaries_ns.push_back(kernels::now_ns());
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    log.set_tag(static_cast<int>(i));
    plan_.steps[i].step->run(pool);
    trace.boundaries_ns.push_back(kernels::now_ns());
  }
  for (int worker = 0; worker < log.workers(); ++worker) {
    const std::span<const kernels::WorkLog::Entry> entries = log.entries(worker);
    trace.workers.emplace_back(entries.begin(), entries.end());
  }
  return trace;
}

}  // namespace u2net::engine
