// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/broadcast.h"

namespace u2net::kernels {

void walk_broadcast_rows(std::span<const std::int64_t> dst,
                         std::span<const std::span<const std::int64_t>> operands, ThreadPool& pool,
                         BroadcastRowFunction function, const void* context) {
  const std::size_t rank = dst.size();
  const std::int64_t columns = rank == 0 ? 1 : dst[rank - 1];
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < rank; ++i) rows *= dst[i];
  // Row-major, 0 where a dimension is repeated.
  std::array<std::array<std::int64_t, kMaxRank>, kMostBroadcast> strides{};
  BroadcastRow first{.dst = 0, .columns = columns, .at = {}, .step = {}};
  for (std::size_t k = 0; k < operands.size(); ++k) {
    std::int64_t stride = 1;
    for (std::size_t i = rank; i-- > 0;) {
      strides[k][i] = operands[k][i] == 1 ? 0 : stride;
      stride *= operands[k][i];
    }
    first.step[k] = rank == 0 ? 0 : strides[k][rank - 1];
  }
  pool.parallel_for(rows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t number = begin; number < end; ++number) {
      BroadcastRow one = first;
      one.dst = number * columns;
      std::int64_t rest = number;
      for (std::size_t i = rank; i-- > 1;) {
        const std::int64_t index = rest % dst[i - 1];
        rest /= dst[i - 1];
        for (std::size_t k = 0; k < operands.size(); ++k) one.at[k] += index * strides[k][i - 1];
      }
      function(context, one);
    }
  });
}

}  // namespace u2net::kernels
