// SPDX-License-Identifier: Apache-2.0
// Session: runs a Model, whatever its mode. For one thread at a time, cheap to make; Sessions of
// one Model share its packed weights. After the first run with given input sizes a run allocates
// nothing, but in mode dynamic, where every operation allocates its result.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/plan/kernel_choice.h"
#include "engine/plan/plan.h"
#include "engine/run/execution.h"
#include "engine/run/model.h"
#include "engine/run/run_trace.h"

namespace u2net::engine {

struct SessionOptions {
  int threads = 0;  // 0: kernels::default_threads()
  // Activation memory is planned before it is allocated; more than this is kModelLimit.
  std::size_t max_arena_bytes = std::size_t{16} << 30;
  // A batch whose largest activation is bigger runs in parts, where its images never meet: fewer
  // images at a time, down to one. Results are the same.
  std::size_t max_batch_bytes = std::size_t{32} << 20;
  KernelChoice kernels = {};  // of mode native
  // In mode dynamic only the threads matter.
};

class Session {
 public:
  explicit Session(std::shared_ptr<const Model> model, SessionOptions options = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const Model& model() const { return *model_; }
  const SessionOptions& options() const { return options_; }
  int threads() const { return pool_.threads(); }

  // `inputs`: one view a model input, in order; read during the call only. Throws kInputShape
  // before anything runs when one does not fit. The views returned, one a model output in order,
  // are valid until the next run.
  const std::vector<TensorView>& run(std::span<const TensorView> inputs);
  // The same, noting when each step ran (engine/diagnostics/profile.h). Not in mode dynamic.
  const std::vector<TensorView>& run(std::span<const TensorView> inputs, RunTrace& trace);

  // Whether there are plans: not in mode dynamic, where code decides as it goes.
  bool plans() const { return model_->code() == nullptr; }
  // Plans for these inputs (data may be null) without running them. The reference is valid until
  // the next call of run() or prepare(). Throws kUsage in mode dynamic.
  const Plan& prepare(std::span<const TensorView> inputs);

 private:
  class CodeRun;

  Plan plan_for(std::span<const TensorView> inputs, std::size_t max_batch_bytes);
  [[noreturn]] void refuse_size(std::size_t activation_bytes) const;
  Execution& execution_for(std::span<const TensorView> inputs);
  const std::vector<TensorView>& run(std::span<const TensorView> inputs, RunTrace* trace);
  void forget_heavy_plans();

  std::shared_ptr<const Model> model_;
  SessionOptions options_;
  kernels::ThreadPool pool_;
  std::list<Execution> executions_;  // most recently used first, at most kMaxPlans
  RunMemory memory_;                 // one for all
  std::unique_ptr<CodeRun> code_;    // in mode dynamic, instead
};

}  // namespace u2net::engine
