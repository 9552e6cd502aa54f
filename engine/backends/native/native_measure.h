// SPDX-License-Identifier: Apache-2.0
// What a network makes of a picture: the moments of channels of which its weights say nothing, as
// where its batch normalisations were folded before it was written to a file.
#pragma once

#include <vector>

#include "engine/backends/native/native_moments.h"
#include "engine/graph/graph.h"

namespace u2net::engine::native {

// Of the first result of each node that is wanted, by node. From one run in
// float32, on a picture that is made for it: smooth, of mean 0 and deviation 1, always the same for
// a size, so that neither what was run before nor the company in a batch changes a bit. Empty where
// that is more than planning may take, or where an input is no image.
std::vector<Moments> measured_moments(const Graph& graph, const std::vector<bool>& wanted,
                                      const BackendOptions& options);

}  // namespace u2net::engine::native
