// SPDX-License-Identifier: Apache-2.0
// Session: runs a Model. For one thread at a time, cheap to make, and after the first run with
// given input sizes a run allocates nothing. Sessions of one Model share its packed weights.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/plan/kernel_choice.h"
#include "engine/plan/plan.h"
#include "engine/run/model.h"
#include "engine/run/run_trace.h"

namespace u2net {

struct SessionOptions {
  int threads = 0;  // 0: default_threads()
  // Activation memory is planned before it is allocated; more than this is kModelLimit.
  std::size_t max_arena_bytes = std::size_t{16} << 30;
  // A batch whose largest activation is bigger runs in parts, where its images never meet: fewer
  // images at a time, down to one. Results are the same.
  std::size_t max_batch_bytes = std::size_t{32} << 20;
  KernelChoice kernels = {};  // of mode native
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
  // The same, noting when each step ran (engine/diagnostics/profile.h).
  const std::vector<TensorView>& run(std::span<const TensorView> inputs, RunTrace& trace);

  // Plans for these inputs (data may be null) without running them. The reference is valid until
  // the next call of run() or prepare().
  const Plan& prepare(std::span<const TensorView> inputs);

 private:
  struct Prepared;

  Plan plan_for(std::span<const TensorView> inputs, std::size_t max_batch_bytes,
                std::vector<bool>& value_decides);
  [[noreturn]] void refuse_size(std::size_t activation_bytes) const;
  Prepared& prepared_for(std::span<const TensorView> inputs);
  const std::vector<TensorView>& run(std::span<const TensorView> inputs, RunTrace* trace);
  void forget_heavy_plans();

  std::shared_ptr<const Model> model_;
  SessionOptions options_;
  ThreadPool pool_;
  std::list<std::unique_ptr<Prepared>> plans_;  // most recently used first, at most kMaxPlans
  AlignedBuffer arena_;                         // one for all plans
  std::vector<AlignedBuffer> batch_outputs_;    // likewise: of batches that run in parts
};

}  // namespace u2net
