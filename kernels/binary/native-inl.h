// SPDX-License-Identifier: Apache-2.0
// The functions of functions.h of two images, or of an image and what is repeated over it.
#pragma once

#include "kernels/image_ops/rows-inl.h"

namespace u2net::kernels::U2NET_ISA {

template <int W, class Operation>
void binary_rows(const ConstImage& x, const ConstImage& y, const Image& dst, ThreadPool& pool,
                 const Operation& f) {
  const std::int64_t count = dst.layout->w * dst.layout->block;
  for_each_row(dst, pool, [&](const RowOf& r) {
    const float *a = row_of(x, r), *b = row_of(y, r);
    float* out = row_of(dst, r);
    std::int64_t i = 0;
    for (; i + W <= count; i += W)
      store_loose<W>(out + i, f(load_loose<W>(a + i), load_loose<W>(b + i)));
    const std::int64_t left = count - i;
    if (left > 0)
      store_part<W>(out + i, f(load_part<W>(a + i, left), load_part<W>(b + i, left)), left);
  });
}

template <int W>
void binary_image(BinaryKind kind, const ConstImage& x, const ConstImage& y, const Image& dst,
                  ThreadPool& pool) {
  BinaryFunctions::visit(kind, [&]<class F>(F) {
    binary_rows<W>(x, y, dst, pool, [](Vec<W> a, Vec<W> b) { return F::of(a, b); });
  });
}

// Pixel by pixel: B channels at a time.
template <int B, class Operation>
void broadcast_rows(const ConstImage& x, const Broadcast& y, const Image& dst, ThreadPool& pool,
                    const Operation& f) {
  const ImageLayout& l = *dst.layout;
  for_each_row(dst, pool, [&](const RowOf& r) {
    const float* in = row_of(x, r);
    const float* other = y.data + r.image * y.n + r.block * B * y.c + r.y * y.h;
    float* out = row_of(dst, r);
    const std::int64_t channels = l.c - r.block * B < B ? l.c - r.block * B : B;
    const auto lanes = [&](std::int64_t at) {
      float values[B] = {};
      for (std::int64_t lane = 0; lane < channels; ++lane) values[lane] = other[at + lane * y.c];
      return load_loose<B>(values);
    };
    Vec<B> repeated = lanes(0);
    for (std::int64_t i = 0; i < l.w; ++i) {
      if (y.w != 0) repeated = lanes(i * y.w);
      store_loose<B>(out + i * B, f(load_loose<B>(in + i * B), repeated));
    }
  });
}

template <int B>
void broadcast_blocks(BinaryKind kind, const ConstImage& x, const Broadcast& y, const Image& dst,
                      ThreadPool& pool) {
  BinaryFunctions::visit(kind, [&]<class F>(F) {
    broadcast_rows<B>(x, y, dst, pool, [](Vec<B> a, Vec<B> b) { return F::of(a, b); });
  });
}

template <int W>
void broadcast_image(BinaryKind kind, const ConstImage& x, const Broadcast& y, const Image& dst,
                     ThreadPool& pool) {
  dst.layout->block == 1 ? broadcast_blocks<1>(kind, x, y, dst, pool)
                         : broadcast_blocks<W>(kind, x, y, dst, pool);
}

}  // namespace u2net::kernels::U2NET_ISA
