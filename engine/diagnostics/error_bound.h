// SPDX-License-Identifier: Apache-2.0
// How far two float32 evaluations of one node may differ, element by element.
#pragma once

#include <string_view>
#include <vector>

#include "engine/graph/op.h"

namespace u2net {

// For every output of the node, in the order of its slots, one bound an element, without the factor
// kConfidence; zeros for an operator that only moves data. `implementation`: of the kernel that is
// compared with the reference, as it names itself. See engine/diagnostics/verify.h for the
// reasoning.
std::vector<std::vector<double>> rounding_error(const Node& node, const Operands& operands,
                                                std::string_view implementation);

}  // namespace u2net
