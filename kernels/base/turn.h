// SPDX-License-Identifier: Apache-2.0
// Four by four elements of 4 bytes turned over in registers that every processor has: four loads,
// eight shuffles, four stores. Always inlined: files that are compiled for one instruction set use
// it, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace u2net::kernels {

typedef std::int32_t FourElements __attribute__((vector_size(16)));

[[gnu::always_inline]] inline FourElements load_four(const std::byte* p) {
  FourElements v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
[[gnu::always_inline]] inline void store_four(std::byte* p, FourElements v) {
  std::memcpy(p, &v, sizeof v);
}

// dst[c][r] = src[r][c], rows so many bytes apart.
[[gnu::always_inline]] inline void turn_four(const std::byte* src, std::int64_t src_row,
                                             std::byte* dst, std::int64_t dst_row) {
  const FourElements a = load_four(src), b = load_four(src + src_row),
                     c = load_four(src + 2 * src_row), d = load_four(src + 3 * src_row);
  const FourElements ab = __builtin_shufflevector(a, b, 0, 4, 1, 5),
                     cd = __builtin_shufflevector(c, d, 0, 4, 1, 5),
                     ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7),
                     cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store_four(dst, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
  store_four(dst + dst_row, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
  store_four(dst + 2 * dst_row, __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5));
  store_four(dst + 3 * dst_row, __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7));
}

}  // namespace u2net::kernels
