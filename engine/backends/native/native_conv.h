// SPDX-License-Identifier: Apache-2.0
// Which native kernel computes which convolution.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/plan/backend.h"
#include "kernels/conv2d/fused_conv2d.h"

namespace u2net::engine::native {

// What was found out about a variant: of the instruction set, or on tiles where the precision
// permits them.
struct ConvCandidate {
  const kernels::ConvVariant* variant;
  std::string why;  // it cannot do it; else empty
  double cost = 0;  // where it can
};

struct ConvChoice {
  const kernels::ConvVariant* variant = nullptr;
  std::string why;  // there is none
  std::vector<ConvCandidate> candidates = {};
  kernels::ConvProblem problem;  // in float32
  kernels::ConvRequirements requirements;
  bool is_kept_exact = false;  // where a cheaper one would have rounded: native_mixture.h

  void take(const kernels::ConvVariant& by) {
    variant = &by;
    requirements = by.requirements(problem.params);
  }
  // The problem as a variant would have it.
  kernels::ConvProblem problem_for(const kernels::ConvVariant& v) const {
    kernels::ConvProblem same = problem;
    same.element = v.element();
    return same;
  }
  // Of a choice that has a variant.
  const ConvCandidate& chosen() const {
    return *std::find_if(candidates.begin(), candidates.end(),
                         [this](const ConvCandidate& c) { return c.variant == variant; });
  }
  // Of its images, where it has a variant.
  kernels::ElementType element() const {
    return variant ? variant->element() : kernels::ElementType::kF32;
  }
  // In bf16 or bf16x2.
  bool is_on_tiles() const { return element() != kernels::ElementType::kF32; }
};

// Where convolutions are to be exact, one by a transform.
inline bool is_ruled_out(const kernels::ConvVariant& variant, const BackendOptions& options) {
  return options.kernels.exact && !variant.exact();
}

// Images of fewer channels than this lie plane by plane wherever their producer has the choice.
inline constexpr std::int64_t kFewestBlockedChannels = 4;

// The cheapest variant for the convolution of a node, fused or not, by the variants' own estimates.
// It depends on shapes alone, not on where the operands come from, on the
// batch or on the number of threads.
ConvChoice choose_convolution(const Graph& graph, const Node& node, const BackendOptions& options);

// What was chosen in the end, of a choice that has a variant, and why the other variants of the
// instruction set were not.
Decision decision_of(const ConvChoice& choice, const BackendOptions& options);

// Turns choices, one a node of the graph, into others whose packed filters, with those that are
// kept beside them, fit into options.kernels.max_weight_bytes, or nearly into the least possible,
// and by themselves into the budget, at the least cost.
void fit_weights(const BackendOptions& options, std::vector<ConvChoice>& choices);
// Takes their packed filters from the budget. Those that do not fit have no variant any more.
void leave_what_does_not_fit(const Graph& graph, const BackendOptions& options,
                             std::vector<ConvChoice>& choices);

}  // namespace u2net::engine::native
