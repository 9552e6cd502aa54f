// SPDX-License-Identifier: Apache-2.0
// Matrices turned over, four by four (kernels/base/turn.h).
#pragma once

#include "kernels/base/turn.h"
#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

// dst[c * dst_row + r] = src[r * src_row + c] for r below `rows` and c below `columns`.
__attribute__((noinline)) inline void transpose_block(const float* src, std::int64_t src_row,
                                                      std::int64_t rows, std::int64_t columns,
                                                      float* dst, std::int64_t dst_row) {
  constexpr std::int64_t kBytes = sizeof(float);
  std::int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    std::int64_t c = 0;
    for (; c + 4 <= columns; c += 4)
      turn_four(reinterpret_cast<const std::byte*>(src + r * src_row + c), src_row * kBytes,
                reinterpret_cast<std::byte*>(dst + c * dst_row + r), dst_row * kBytes);
    for (; c < columns; ++c) {
      for (std::int64_t i = r; i < r + 4; ++i) dst[c * dst_row + i] = src[i * src_row + c];
    }
  }
  for (; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) dst[c * dst_row + r] = src[r * src_row + c];
  }
}

}  // namespace u2net::kernels::U2NET_ISA
