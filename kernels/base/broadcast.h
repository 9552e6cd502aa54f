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

// One row of a result: where it begins in the result and in every operand, and how far the elements
// of an operand are apart: 1, or 0 where it is repeated.
template <std::size_t N>
struct BroadcastRow {
  std::int64_t dst, columns;
  std::array<std::int64_t, N> at, step;
};

// row(BroadcastRow<N>) for every row of `dst`, of at most kMaxRank dimensions.
template <std::size_t N, class Row>
void for_each_broadcast_row(std::span<const std::int64_t> dst,
                            const std::array<std::span<const std::int64_t>, N>& operands,
                            ThreadPool& pool, const Row& row) {
  const std::size_t rank = dst.size();
  const std::int64_t columns = rank == 0 ? 1 : dst[rank - 1];
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < rank; ++i) rows *= dst[i];
  // Row-major, 0 where a dimension is repeated.
  std::array<std::array<std::int64_t, kMaxRank>, N> strides{};
  BroadcastRow<N> first{.dst = 0, .columns = columns, .at = {}, .step = {}};
  for (std::size_t k = 0; k < N; ++k) {
    std::int64_t stride = 1;
    for (std::size_t i = rank; i-- > 0;) {
      strides[k][i] = operands[k][i] == 1 ? 0 : stride;
      stride *= operands[k][i];
    }
    first.step[k] = rank == 0 ? 0 : strides[k][rank - 1];
  }
  pool.parallel_for(rows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t number = begin; number < end; ++number) {
      BroadcastRow<N> one = first;
      one.dst = number * columns;
      std::int64_t rest = number;
      for (std::size_t i = rank; i-- > 1;) {
        const std::int64_t index = rest % dst[i - 1];
        rest /= dst[i - 1];
        for (std::size_t k = 0; k < N; ++k) one.at[k] += index * strides[k][i - 1];
      }
      row(one);
    }
  });
}

}  // namespace u2net::kernels
