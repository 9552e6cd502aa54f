// SPDX-License-Identifier: Apache-2.0
// Pooling on images: a window at a time, B channels wide.
#pragma once

#include "kernels/image_rows-inl.h"

namespace u2net::kernels::U2NET_ISA {

template <int B, PoolKind Kind>
void pool_rows(const Pool2dParams& p, const ConstImage& src, const Image& dst, ThreadPool& pool) {
  const std::int64_t row = src.layout->row_stride();
  for_each_row(dst, pool, [&](const RowOf& r) {
    const PoolWindow h = pool_window(r.y, p.ih, p.oh, p.kh, p.stride_h, p.pad_top, p.adaptive);
    const float* plane = floats_of(src) + src.layout->offset(r.image, r.block, 0, 0);
    float* out = row_of(dst, r);
    for (std::int64_t x = 0; x < p.ow; ++x) {
      const PoolWindow w = pool_window(x, p.iw, p.ow, p.kw, p.stride_w, p.pad_left, p.adaptive);
      Vec<B> result = splat<B>(Kind == PoolKind::kMax ? kLowest : 0.0F);
      for (std::int64_t i = h.begin; i < h.end; ++i) {
        for (std::int64_t j = w.begin; j < w.end; ++j) {
          const Vec<B> value = load_loose<B>(plane + i * row + j * B);
          result = Kind == PoolKind::kMax ? max<B>(result, value) : result + value;
        }
      }
      if constexpr (Kind == PoolKind::kAverage) {
        const std::int64_t area = p.exclusive || p.adaptive ? (h.end - h.begin) * (w.end - w.begin)
                                                            : h.padded_length * w.padded_length;
        result /= splat<B>(static_cast<float>(area));
      }
      store_loose<B>(out + x * B, result);
    }
  });
}

template <int W>
void pool_image(const Pool2dParams& p, const ConstImage& src, const Image& dst, ThreadPool& pool) {
  constexpr decltype(&pool_rows<W, PoolKind::kMax>) kRun[2][2] = {
      {pool_rows<1, PoolKind::kMax>, pool_rows<1, PoolKind::kAverage>},
      {pool_rows<W, PoolKind::kMax>, pool_rows<W, PoolKind::kAverage>}};
  kRun[dst.layout->block == 1 ? 0 : 1][p.kind == PoolKind::kMax ? 0 : 1](p, src, dst, pool);
}

}  // namespace u2net::kernels::U2NET_ISA
