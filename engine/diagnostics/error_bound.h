// SPDX-License-Identifier: Apache-2.0
// How far two float32 evaluations of one node may differ, element by element.
#pragma once

#include <vector>

#include "engine/graph/op.h"
#include "kernels/conv2d/fused_conv2d.h"

namespace u2net::engine {

// For every output of the node, in the order of its slots, one bound an element, without the factor
// kConfidence; zeros for an operator that only moves data. `rounding`: of the kernel that is
// compared with the reference. See engine/diagnostics/verify.h for the reasoning.
std::vector<std::vector<double>> rounding_error(const Node& node, const Operands& operands,
                                                const kernels::RoundingModel& rounding);

}  // namespace u2net::engine
