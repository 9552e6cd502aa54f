// SPDX-License-Identifier: Apache-2.0
// A backend turns a graph whose every type is known into steps. Adding one: a folder in
// engine/backends and a line in backend_table.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/text.h"
#include "engine/graph/op.h"
#include "engine/plan/kernel_choice.h"
#include "engine/plan/plan.h"

namespace u2net::kernels {
class ThreadPool;
}

namespace u2net::engine {

class WeightCache;
class WorkBudget;

struct BackendOptions {
  int threads = 1;
  kernels::ThreadPool* pool = nullptr;  // of as many, for what build() computes
  bool share_memory = false;       // let results take over dead operands, and views cost nothing
  WeightCache* weights = nullptr;  // packed weights shared by the Sessions of a Model
  kernels::CpuFeatures cpu = {};   // that kernels may make use of
  KernelChoice kernels = {};
  // What a plan's tables and packed weights are taken from; null: without a limit.
  WorkBudget* budget = nullptr;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;
  // Adds the steps for the graph of the builder, and what was decided for its nodes.
  virtual void build(const BackendOptions& options, PlanBuilder& builder) const = 0;
  // What the kernels make of the precision that the options permit.
  virtual PrecisionDecision decide_precision(const BackendOptions& options) const {
    return stays_f32(options.kernels.precision,
                     str_cat("the kernels of backend '", name(), "' have no other"));
  }
  // Whether it has a kernel for operators of that type, for those forms of them that it takes.
  virtual bool has_kernel(const OpType&) const { return false; }
  // A copy of float32 elements between two layouts by their names ("abcd", "aBcd8b"): one input,
  // one step, one output, as they lie in memory. Nothing where the backend has no such layouts.
  virtual std::optional<Plan> plan_copy(const Shape&, const std::string&, const std::string&,
                                        const BackendOptions&) const {
    return std::nullopt;
  }
};

}  // namespace u2net::engine
