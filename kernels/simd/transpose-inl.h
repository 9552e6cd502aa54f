// SPDX-License-Identifier: Apache-2.0
// Matrices turned over, four by four: four loads, eight shuffles, four stores for 16 elements.
#pragma once

#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

U2NET_INLINE void transpose_4x4(const float* src, std::int64_t src_row, float* dst,
                                std::int64_t dst_row) {
  const Vec<4> a = load_loose<4>(src), b = load_loose<4>(src + src_row),
               c = load_loose<4>(src + 2 * src_row), d = load_loose<4>(src + 3 * src_row);
  const Vec<4> ab = __builtin_shufflevector(a, b, 0, 4, 1, 5),
               cd = __builtin_shufflevector(c, d, 0, 4, 1, 5),
               ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7),
               cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store_loose<4>(dst, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
  store_loose<4>(dst + dst_row, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
  store_loose<4>(dst + 2 * dst_row, __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5));
  store_loose<4>(dst + 3 * dst_row, __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7));
}

// dst[c * dst_row + r] = src[r * src_row + c] for r below `rows` and c below `columns`.
inline void transpose_block(const float* src, std::int64_t src_row, std::int64_t rows,
                            std::int64_t columns, float* dst, std::int64_t dst_row) {
  std::int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    std::int64_t c = 0;
    for (; c + 4 <= columns; c += 4)
      transpose_4x4(src + r * src_row + c, src_row, dst + c * dst_row + r, dst_row);
    for (; c < columns; ++c) {
      for (std::int64_t i = r; i < r + 4; ++i) dst[c * dst_row + i] = src[i * src_row + c];
    }
  }
  for (; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) dst[c * dst_row + r] = src[r * src_row + c];
  }
}

}  // namespace u2net::kernels::U2NET_ISA
