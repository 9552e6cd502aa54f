// SPDX-License-Identifier: Apache-2.0
// The filters' side of winograd.h where they are transformed at every run.
#pragma once

#include "kernels/conv2d/winograd_transforms-inl.h"

namespace u2net::kernels::U2NET_ISA {

// u[point][input channel][output] of taps[9][input channel][output], both of one block of input
// channels: `floats` of them. `point`: the stride of points. The next block, which lies behind, is
// brought into the second level: taps are nine streams, each too short for the processor's own
// prefetch.
template <int W, int M>
__attribute__((noinline)) void transform_block(const float* taps, std::int64_t floats, double scale,
                                               float* u, std::int64_t point) {
  constexpr int A = M + 2;
  for (std::int64_t at = 0; at < floats; at += W) {
    if (at % 16 == 0) {
      for (int tap = 0; tap < 9; ++tap) prefetch(taps + (9 + tap) * floats + at);
    }
    Vec<W> columns[A][3];
    for (int k = 0; k < 3; ++k) {
      Vec<W> g[3], column[A];
      for (int i = 0; i < 3; ++i) g[i] = times<W>(scale, load<W>(taps + (i * 3 + k) * floats + at));
      transform_filter<W, M>(g, column);
      for (int i = 0; i < A; ++i) columns[i][k] = column[i];
    }
    for (int i = 0; i < A; ++i) {
      Vec<W> row[A];
      transform_filter<W, M>(columns[i], row);
      for (int j = 0; j < A; ++j) store<W>(u + (i * A + j) * point + at, row[j]);
    }
  }
}

}  // namespace u2net::kernels::U2NET_ISA
