// SPDX-License-Identifier: Apache-2.0
// A Plan together with the inputs that it holds for and the addresses that it runs on.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "engine/graph/tensor.h"
#include "engine/plan/batch_parts.h"
#include "engine/plan/plan.h"
#include "engine/run/run_trace.h"

namespace u2net::engine {

// What runs take besides weights; for any number of Executions that run one after the other.
struct RunMemory {
  AlignedBuffer arena;
  std::vector<AlignedBuffer> batch_outputs;  // of batches that run in parts
};

class Execution {
 public:
  // `made_for`: the inputs that the plan was made for.
  explicit Execution(Plan plan, std::span<const TensorView> made_for = {});

  const Plan& plan() const { return plan_; }
  // Whether the plan holds for these inputs: of the same types, and where elements decide sizes of
  // the same elements.
  bool fits(std::span<const TensorView> inputs) const;

  // Runs the steps, once for every part of the batch. The views returned, one a planned output, lie
  // in `memory`, which is enlarged where it is too small; nothing else is allocated from the second
  // run on.
  const std::vector<TensorView>& run(RunMemory& memory, std::span<const TensorView> inputs,
                                     kernels::ThreadPool& pool, RunTrace* trace = nullptr);

 private:
  const std::vector<TensorView>& run_part(AlignedBuffer& arena, std::span<const TensorView> inputs,
                                          kernels::ThreadPool& pool, RunTrace* trace);
  RunTrace::Part run_traced(kernels::ThreadPool& pool);
  void bind(AlignedBuffer& arena, std::span<const TensorView> inputs);

  Plan plan_;
  std::vector<TensorType> types_;               // of the inputs that it was made for
  std::vector<std::vector<std::byte>> values_;  // of those whose elements decide sizes; else empty
  Bindings bindings_;
  bool is_bound_ = false;
  const std::byte* bound_arena_ = nullptr;
  std::vector<const void*> bound_inputs_;
  std::vector<TensorView> outputs_;
  // Where there are parts, made at the first run.
  std::optional<GatheredOutputs> gathered_;
  std::vector<TensorView> part_inputs_;
};

}  // namespace u2net::engine
