// SPDX-License-Identifier: Apache-2.0
// Which convolutions round to bf16 and which keep two bfloat16 a number, where a precision permits
// both.
#pragma once

#include <vector>

#include "engine/backends/native/native_conv.h"
#include "engine/graph/graph.h"

namespace u2net::engine::native {

// `choices` are the cheapest, one a node. Those in bf16 whose roundings do the most to the outputs,
// for the time that they save, get the cheapest kernel without them, until the others together keep
// within kMixedError. It follows from the graph and its weights, never from pictures that are run.
void mix_precisions(const Graph& graph, const BackendOptions& options,
                    std::vector<ConvChoice>& choices);

// What all roundings to bf16 may do to the outputs: the root of the sum of mean squares that
// noise_at_outputs() estimates. Of U2Netp's seven outputs it leaves masks that are off by 1.4e-4 on
// average at worst (IoU 0.99985), of four pictures.
inline constexpr double kMixedError = 0.015;

}  // namespace u2net::engine::native
