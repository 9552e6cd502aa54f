// SPDX-License-Identifier: Apache-2.0
// Loops over tensors some of whose dimensions are repeated: the operands have been aligned to the
// rank of the result, and a dimension of 1 stands for any size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/base/element_type.h"
#include "kernels/base/parallel.h"

namespace u2net::kernels {

inline constexpr std::size_t kMostBroadcast = 3;  // operands

// One row of a result: where it begins in the result and in every operand, and how far the elements
// of an operand are apart: 1, or 0 where it is repeated.
struct BroadcastRow {
  std::int64_t dst, columns;
  std::array<std::int64_t, kMostBroadcast> at, step;
};

using BroadcastRowFunction = void (*)(const void* context, const BroadcastRow& row);
void walk_broadcast_rows(std::span<const std::int64_t> dst,
                         std::span<const std::span<const std::int64_t>> operands, ThreadPool& pool,
                         BroadcastRowFunction function, const void* context);

// row(BroadcastRow) for every row of `dst`, of at most kMaxRank dimensions.
template <std::size_t N, class Row>
void for_each_broadcast_row(std::span<const std::int64_t> dst,
                            const std::array<std::span<const std::int64_t>, N>& operands,
                            ThreadPool& pool, const Row& row) {
  static_assert(N <= kMostBroadcast);
  walk_broadcast_rows(
      dst, operands, pool,
      [](const void* context, const BroadcastRow& one) {
        (*static_cast<const Row*>(context))(one);
      },
      &row);
}

}  // namespace u2net::kernels
