// SPDX-License-Identifier: Apache-2.0
// Resizing of images: blocked ones a pixel at a time, planar ones first in height, then in width.
#pragma once

#include "kernels/image_rows-inl.h"

namespace u2net::kernels::U2NET_ISA {

template <int B>
void interp_blocks(const InterpTaps& taps, const ConstImage& src, const Image& dst,
                   ThreadPool& pool) {
  for_each_row(dst, pool, [&](const RowOf& r) {
    const InterpTap& y = taps.rows[static_cast<std::size_t>(r.y)];
    const float* top = src.data + src.layout->offset(r.image, r.block, y.lo, 0);
    const float* bottom = src.data + src.layout->offset(r.image, r.block, y.hi, 0);
    float* out = row_of(dst, r);
    if (taps.only_moves) {
      for (const InterpTap& x : taps.columns) {
        store_loose<B>(out, load_loose<B>(top + x.lo * B));
        out += B;
      }
      return;
    }
    const Vec<B> y_lo = splat<B>(y.weight_lo), y_hi = splat<B>(y.weight_hi);
    for (const InterpTap& x : taps.columns) {
      const Vec<B> x_lo = splat<B>(x.weight_lo), x_hi = splat<B>(x.weight_hi);
      const Vec<B> left =
          madd<B>(load_loose<B>(bottom + x.lo * B), y_hi, load_loose<B>(top + x.lo * B) * y_lo);
      const Vec<B> right =
          madd<B>(load_loose<B>(bottom + x.hi * B), y_hi, load_loose<B>(top + x.hi * B) * y_lo);
      store_loose<B>(out, madd<B>(right, x_hi, left * x_lo));
      out += B;
    }
  });
}

template <int W>
void interp_planes(const InterpTaps& taps, const ConstImage& src, const Image& dst, float* scratch,
                   ThreadPool& pool) {
  const ImageLayout& l = *dst.layout;
  const std::int64_t width = src.layout->w, padded = rounded_up(width, 16);
  zero_halo(l, dst.data, pool);
  pool.for_each_task(l.n * l.c * l.h, [&](std::int64_t task, int worker) {
    const RowOf r{task / l.h / l.c, task / l.h % l.c, task % l.h};
    const InterpTap& y = taps.rows[static_cast<std::size_t>(r.y)];
    const float* top = src.data + src.layout->offset(r.image, r.block, y.lo, 0);
    const float* bottom = src.data + src.layout->offset(r.image, r.block, y.hi, 0);
    float* row = scratch + worker * padded;
    const Vec<W> y_lo = splat<W>(y.weight_lo), y_hi = splat<W>(y.weight_hi);
    std::int64_t i = 0;
    for (; i + W <= width; i += W) {
      store<W>(row + i, madd<W>(load_loose<W>(bottom + i), y_hi, load_loose<W>(top + i) * y_lo));
    }
    if (i < width) {
      const std::int64_t left = width - i;
      store_part<W>(
          row + i,
          madd<W>(load_part<W>(bottom + i, left), y_hi, load_part<W>(top + i, left) * y_lo), left);
    }
    float* out = row_of(dst, r);
    for (const InterpTap& x : taps.columns)
      *out++ = row[x.lo] * x.weight_lo + row[x.hi] * x.weight_hi;
  });
}

template <int W>
void interp_image(const InterpTaps& taps, const ConstImage& src, const Image& dst, float* scratch,
                  ThreadPool& pool) {
  if (dst.layout->block != 1) {
    interp_blocks<W>(taps, src, dst, pool);
  } else if (taps.only_moves) {
    interp_blocks<1>(taps, src, dst, pool);
  } else {
    interp_planes<W>(taps, src, dst, scratch, pool);
  }
}

}  // namespace u2net::kernels::U2NET_ISA
