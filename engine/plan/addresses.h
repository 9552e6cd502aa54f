// SPDX-License-Identifier: Apache-2.0
// Where the buffers of a plan are in a run.
#pragma once

#include <cstddef>
#include <span>

#include "engine/graph/tensor.h"
#include "engine/plan/plan.h"

namespace u2net::engine {

// In an arena, or among the inputs of the run.
std::byte* address_of(const Plan& plan, BufferId id, std::byte* arena,
                      std::span<const TensorView> inputs);

}  // namespace u2net::engine
