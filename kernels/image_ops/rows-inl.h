// SPDX-License-Identifier: Apache-2.0
// Loops over the rows of images, as most operators on images need them: a task is some rows of
// blocks of channels, and a row of a block is one run of w * block elements in memory, whatever the
// layout is, so that operators element by element see no difference between planes and blocks.
// Halos of results are zeroed; those of operands are not read.
#pragma once

#include <cstring>

#include "kernels/image_ops/image_ops.h"
#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

// One row of one block of channels of one image.
struct RowOf {
  std::int64_t image, block, y;
};

// row(RowOf) for every row of `layout`, whose halo is zeroed.
template <class Row>
void for_each_row(const Image& dst, ThreadPool& pool, const Row& row) {
  const ImageLayout& l = *dst.layout;
  zero_halo(l, dst.data, pool);
  pool.parallel_for(l.n * l.channel_blocks() * l.h, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      row(RowOf{i / l.h / l.channel_blocks(), i / l.h % l.channel_blocks(), i % l.h});
    }
  });
}

inline const float* floats_of(const ConstImage& image) {
  return static_cast<const float*>(image.data);
}
inline float* floats_of(const Image& image) { return static_cast<float*>(image.data); }

inline const float* row_of(const ConstImage& image, const RowOf& r) {
  return floats_of(image) + image.layout->offset(r.image, r.block, r.y, 0);
}
inline float* row_of(const Image& image, const RowOf& r) {
  return floats_of(image) + image.layout->offset(r.image, r.block, r.y, 0);
}

// How many lanes of a vector of a block are channels; more than W for all. Planes have no others.
template <int W>
U2NET_INLINE std::int64_t channels_of(const ImageLayout& l, std::int64_t block) {
  return l.block == 1 ? W : l.c - block * W;
}

// dst[i] = f(src[i])
template <int W, class F>
U2NET_INLINE void map_row(const float* src, float* dst, std::int64_t count, const F& f) {
  std::int64_t i = 0;
  for (; i + W <= count; i += W) store_loose<W>(dst + i, f(load_loose<W>(src + i)));
  if (i < count) store_part<W>(dst + i, f(load_part<W>(src + i, count - i)), count - i);
}

}  // namespace u2net::kernels::U2NET_ISA
