// SPDX-License-Identifier: Apache-2.0
// A tensor seen along one of its axes: [outer][size][inner]. A line is what lies along the axis,
// and there are outer * inner of them. Where inner is more than 1 the elements of a line lie far
// apart, while those of neighbouring lines are neighbours: kernels walk a block of lines at a time,
// row by row, with what they know of each line in a small array, and so read memory as it lies.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/base/parallel.h"
#include "kernels/base/rounding.h"

namespace u2net::kernels {

struct AxisShape {
  std::int64_t outer, size, inner;
};

inline constexpr std::int64_t kLineBlock =
    256;  // lines at a time: what is known of them stays in L1

// Calls body(outer, first, count) for blocks of up to kLineBlock lines, the first of which is line
// `first` of the `inner` ones.
template <class Body>
void for_line_blocks(const AxisShape& s, ThreadPool& pool, const Body& body) {
  const std::int64_t blocks = divided_up(s.inner, kLineBlock);
  pool.parallel_for(s.outer * blocks, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) {
      const std::int64_t first = index % blocks * kLineBlock, left = s.inner - first;
      // Not by std::min: of a file for one instruction set others would get that code, too.
      body(index / blocks, first, left < kLineBlock ? left : kLineBlock);
    }
  });
}

}  // namespace u2net::kernels
