// SPDX-License-Identifier: Apache-2.0
// How much of the noise that a convolution's roundings to bf16 make arrives at the outputs of a
// network, estimated from its weights.
#pragma once

#include <vector>

#include "engine/backends/native/native_conv.h"
#include "engine/graph/graph.h"

namespace u2net::engine::native {

// By node: the sum over all outputs of the mean square of the errors that are there if this
// convolution alone, which has a variant, reads its images and its weights rounded to bf16; 0 for
// other nodes. Infinite where nothing is known of what it reads. It is an estimate for comparing
// convolutions, and too large by far as a number: the noise of channels is taken to be independent,
// and logistic functions to be as steep everywhere as they are at 0.
std::vector<double> noise_at_outputs(const Graph& graph, const std::vector<ConvChoice>& choices,
                                     const BackendOptions& options);

}  // namespace u2net::engine::native
