// SPDX-License-Identifier: Apache-2.0
// What a network makes of roundings: a run whose nodes' results are each disturbed at random by
// their own rounding error, beside one that is not.
#pragma once

#include <span>
#include <vector>

#include "engine/plan/backend.h"
#include "engine/run/model.h"
#include "engine/run/session.h"

namespace u2net::engine {

// For each output the largest change of an element, times kConfidence, where the model's nodes run
// on the kernels that the backend takes for them. Takes about four runs of the reference kernels.
std::vector<double> output_spreads(const Model& model, const Backend& backend,
                                   std::span<const TensorView> inputs,
                                   const SessionOptions& session);

}  // namespace u2net::engine
