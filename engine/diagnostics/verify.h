// SPDX-License-Identifier: Apache-2.0
// Compares a mode with the reference, node by node, against bounds that follow from the arithmetic.
//
// A sum of K products computed in float32 in any order is off by at most about sqrt(K) * u * S with
// overwhelming probability, where u = 2^-24 and S is the sum of the products' magnitudes (N. Higham
// and T. Mary, "A new approach to probabilistic rounding error analysis", SIAM J. Sci. Comput. 41,
// 2019). Each node is given the same inputs on both sides and must agree within kConfidence times
// that; what only moves data must agree to the bit. The outputs of the whole network are compared
// with the program as written by the rule of agreement.h, whose spread is measured: the largest
// change when every node's result is disturbed at random by its own rounding error, times
// kConfidence.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/diagnostics/agreement.h"
#include "engine/plan/backend.h"
#include "engine/run/model.h"
#include "engine/run/session.h"

namespace u2net::engine {

struct VerifyReport {
  std::vector<Agreement> nodes;  // in order; the last one is the first that disagrees, if any does
  std::vector<Agreement> outputs;  // empty when a node disagrees
  bool passed() const;
};

// `as_written` is the program, `model` the same prepared for the mode to verify, and `backend` what
// runs it (the mode's own, but for tests). `progress` is called after each node.
VerifyReport verify(const Graph& as_written, const Model& model, const Backend& backend,
                    std::span<const TensorView> inputs, const SessionOptions& session,
                    const std::function<void(const Agreement&)>& progress = {});

}  // namespace u2net::engine
