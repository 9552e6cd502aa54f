// SPDX-License-Identifier: Apache-2.0
// Operands of different shapes, by Paddle's rule: the operand of lower rank is aligned to the other
// starting at dimension `axis` (-1: at the end), its trailing ones cut, and then dimensions of 1
// are repeated on either side.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "engine/graph/tensor.h"

namespace u2net::engine {

// Both operands at the rank of the result, in fixed room: running must not allocate.
struct AlignedOperands {
  using Dims = std::array<std::int64_t, kernels::kMaxRank>;
  std::size_t rank = 0;
  Dims x, y, dst;

  std::span<const std::int64_t> span(const Dims& dims) const { return std::span(dims).first(rank); }
};

// Nothing when the shapes do not broadcast.
std::optional<AlignedOperands> align_operands(const Shape& x, const Shape& y,
                                              std::int64_t axis = -1);

}  // namespace u2net::engine
