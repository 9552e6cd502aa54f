// SPDX-License-Identifier: Apache-2.0
// How far the results of operators on elements may be off, as slack.cc has it for the others.
#pragma once

#include <optional>
#include <vector>

#include "engine/ops/unary.h"
#include "tests/fuzz/traced_graph.h"

namespace u2net::fuzz {
using namespace engine;

inline constexpr double kUnit = 0x1p-24;
inline constexpr double kFlushed = 1.2e-38;  // a denormal may count as 0

// An entry an element; nothing for an operator of another family.
std::optional<std::vector<float>> elementwise_slack(const Node& node, const TracedSlots& inputs,
                                                    const Tensor& result);

std::vector<float> unary_slack(const Unary& op, const Traced& x, const Tensor& result);

}  // namespace u2net::fuzz
