// SPDX-License-Identifier: Apache-2.0
// How far two float32 evaluations of one node may differ, element by element.
#pragma once

#include <vector>

#include "engine/op.h"

namespace u2net {

// One bound an element of the node's (float32) result, without the factor kConfidence; all zero for an
// operator that only moves data. See engine/verify.h for the reasoning.
std::vector<double> rounding_error(const Node& node, const Operands& operands);

}  // namespace u2net
