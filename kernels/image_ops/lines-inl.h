// SPDX-License-Identifier: Apache-2.0
// Strips of neighbouring lines along an axis that is not the last one (kernels/base/axis_shape.h),
// above all the pixels of an image seen along its channels. In a plain tensor the elements of a
// strip at one position of the axis are neighbours. In blocks of B channels the channels of a pixel
// are: there B of them are turned over at a time, into scratch that stays in the first-level cache.
// Either way the rest of a kernel sees rows of neighbouring pixels, a group of channels at a time.
#pragma once

#include "kernels/base/axis_shape.h"
#include "kernels/image_ops/rows-inl.h"
#include "kernels/simd/transpose-inl.h"

namespace u2net::kernels::U2NET_ISA {

constexpr int kMostTogether = 16;  // rows of a group

struct LineRows {
  const float* first;
  std::int64_t stride;
};

struct PlainLines {
  static constexpr std::int64_t kTogether = kMostTogether;
  const float* src;
  std::int64_t stride, size, lines;

  U2NET_INLINE LineRows rows(std::int64_t k, std::int64_t, float*) const {
    return {src + k * stride, stride};
  }
};

template <int B>
struct BlockLines {
  static constexpr std::int64_t kTogether = B;
  const float* src;
  std::int64_t plane, size, lines;

  U2NET_INLINE LineRows rows(std::int64_t k, std::int64_t count, float* scratch) const {
    transpose_block(src + k / B * plane, B, lines, count, scratch, kLineBlock);
    return {scratch, kLineBlock};
  }
};

// group(k, count, LineRows) for all positions of a strip, a group of neighbouring ones at a time.
template <class Lines, class Group>
U2NET_INLINE void for_groups(const Lines& lines, const Group& group) {
  alignas(64) float scratch[kMostTogether * kLineBlock];
  for (std::int64_t k = 0; k < lines.size; k += Lines::kTogether) {
    const std::int64_t left = lines.size - k;
    const std::int64_t count = left < Lines::kTogether ? left : Lines::kTogether;
    group(k, count, lines.rows(k, count, scratch));
  }
}

// strip(lines, offset of the first line at position 0 in a plain tensor, number of the line)
template <class Strip>
void for_plain_strips(const AxisShape& s, const float* src, ThreadPool& pool, const Strip& strip) {
  for_line_blocks(s, pool, [&](std::int64_t outer, std::int64_t first, std::int64_t lines) {
    const std::int64_t at = outer * s.size * s.inner + first;
    strip(PlainLines{src + at, s.inner, s.size, lines}, at, outer * s.inner + first);
  });
}

// The same over the channels of an image, whose blocks are of 1 or B.
template <int B, class Strip>
void for_image_strips(const ConstImage& src, ThreadPool& pool, const Strip& strip) {
  const ImageLayout& l = *src.layout;
  pool.parallel_for(l.n * l.h, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t image = i / l.h, y = i % l.h;
      for (std::int64_t x = 0; x < l.w; x += kLineBlock) {
        const std::int64_t lines = l.w - x < kLineBlock ? l.w - x : kLineBlock;
        const float* from = floats_of(src) + l.offset(image, 0, y, x);
        const std::int64_t at = (image * l.c * l.h + y) * l.w + x, line = i * l.w + x;
        if (l.block == 1) {
          strip(PlainLines{from, l.plane_stride(), l.c, lines}, at, line);
        } else {
          strip(BlockLines<B>{from, l.plane_stride(), l.c, lines}, at, line);
        }
      }
    }
  });
}

}  // namespace u2net::kernels::U2NET_ISA
