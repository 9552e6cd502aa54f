// SPDX-License-Identifier: Apache-2.0
// A Plan together with the addresses that it runs on.
#pragma once

#include <span>
#include <vector>

#include "engine/graph/tensor.h"
#include "engine/plan/plan.h"
#include "engine/run/run_trace.h"

namespace u2net {

class Execution {
 public:
  explicit Execution(Plan plan);

  const Plan& plan() const { return plan_; }

  // Runs the steps. The arena is enlarged where it is too small, and may be shared by Executions
  // that run one after the other. The views returned, one a planned output, lie in it. Nothing is
  // allocated but the arena, where it is too small. With a trace: one part more, and its end.
  const std::vector<TensorView>& run(AlignedBuffer& arena, std::span<const TensorView> inputs,
                                     ThreadPool& pool, RunTrace* trace = nullptr);

 private:
  RunTrace::Part run_traced(ThreadPool& pool);
  void bind(AlignedBuffer& arena, std::span<const TensorView> inputs);
  std::byte* address(BufferId id, std::byte* arena, std::span<const TensorView> inputs) const;

  Plan plan_;
  Bindings bindings_;
  bool is_bound_ = false;
  const std::byte* bound_arena_ = nullptr;
  std::vector<const void*> bound_inputs_;
  std::vector<TensorView> outputs_;
};

}  // namespace u2net
