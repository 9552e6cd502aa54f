// SPDX-License-Identifier: Apache-2.0
// The functions of functions.h of two images, or of an image and what is repeated over it.
#pragma once

#include "kernels/image_ops/rows-inl.h"
#include "kernels/simd/loops-inl.h"

namespace u2net::kernels::U2NET_ISA {

// Lanes that are no channels hold zeros: a function that makes something else of those must leave
// them alone.
template <int W, class F>
U2NET_INLINE Vec<W> of_channels(Vec<W> a, Vec<W> b, Vec<W> lane, Vec<W> channels) {
  const Vec<W> result = F::of(a, b);
  if constexpr (F::kRow.has_pole) return lane < channels ? result : Vec<W>{};
  return result;
}

// How many lanes of a vector of a block are channels. Planes have no others.
template <int W>
U2NET_INLINE Vec<W> channels_of(const ImageLayout& l, std::int64_t block) {
  const std::int64_t left = l.block == 1 ? W : l.c - block * l.block;
  return splat<W>(static_cast<float>(left < W ? left : W));
}

// f(a, b, channels)
template <int W, class Operation>
void binary_rows(const ConstImage& x, const ConstImage& y, const Image& dst, ThreadPool& pool,
                 const Operation& f) {
  const std::int64_t count = dst.layout->w * dst.layout->block;
  for_each_row(dst, pool, [&](const RowOf& r) {
    const float *a = row_of(x, r), *b = row_of(y, r);
    float* out = row_of(dst, r);
    const Vec<W> channels = channels_of<W>(*dst.layout, r.block);
    std::int64_t i = 0;
    for (; i + W <= count; i += W)
      store_loose<W>(out + i, f(load_loose<W>(a + i), load_loose<W>(b + i), channels));
    const std::int64_t left = count - i;
    if (left > 0)
      store_part<W>(out + i, f(load_part<W>(a + i, left), load_part<W>(b + i, left), channels),
                    left);
  });
}

template <int W>
void binary_image(BinaryKind kind, const ConstImage& x, const ConstImage& y, const Image& dst,
                  ThreadPool& pool) {
  BinaryFunctions::visit(kind, [&]<class F>(F) {
    if constexpr (F::kRow.has_vector) {
      const Vec<W> lane = lane_numbers<W>();
      binary_rows<W>(x, y, dst, pool, [&](Vec<W> a, Vec<W> b, Vec<W> channels) {
        return of_channels<W, F>(a, b, lane, channels);
      });
    }
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
    const Vec<B> count = splat<B>(static_cast<float>(channels));
    const auto lanes = [&](std::int64_t at) {
      float values[B] = {};
      for (std::int64_t lane = 0; lane < channels; ++lane) values[lane] = other[at + lane * y.c];
      return load_loose<B>(values);
    };
    Vec<B> repeated = lanes(0);
    for (std::int64_t i = 0; i < l.w; ++i) {
      if (y.w != 0) repeated = lanes(i * y.w);
      store_loose<B>(out + i * B, f(load_loose<B>(in + i * B), repeated, count));
    }
  });
}

// Rows of planes: a vector holds neighbours, which meet neighbours of y or one element of it.
template <int W, class Operation>
void broadcast_planes(const ConstImage& x, const Broadcast& y, const Image& dst, ThreadPool& pool,
                      const Operation& f) {
  const std::int64_t width = dst.layout->w;
  for_each_row(dst, pool, [&](const RowOf& r) {
    const float* in = row_of(x, r);
    const float* other = y.data + r.image * y.n + r.block * y.c + r.y * y.h;
    float* out = row_of(dst, r);
    const Vec<W> one = splat<W>(y.w == 0 && width > 0 ? *other : 0.0F);
    for_vectors<W>(
        width, [&](std::int64_t i, auto part) __attribute__((always_inline)) {
          part.store(out + i, f(part.load(in + i), y.w == 0 ? one : part.load(other + i)));
        });
  });
}

template <int W>
void broadcast_over_planes(BinaryKind kind, bool image_first, const ConstImage& x,
                           const Broadcast& y, const Image& dst, ThreadPool& pool) {
  BinaryFunctions::visit(kind, [&]<class F>(F) {
    if constexpr (F::kRow.has_vector) {
      if (image_first || F::kRow.commutes) {
        broadcast_planes<W>(x, y, dst, pool, [](Vec<W> a, Vec<W> b) { return F::of(a, b); });
      } else if constexpr (!F::kRow.commutes) {
        broadcast_planes<W>(x, y, dst, pool, [](Vec<W> a, Vec<W> b) { return F::of(b, a); });
      }
    }
  });
}

template <int B>
void broadcast_blocks(BinaryKind kind, bool image_first, const ConstImage& x, const Broadcast& y,
                      const Image& dst, ThreadPool& pool) {
  BinaryFunctions::visit(kind, [&]<class F>(F) {
    if constexpr (F::kRow.has_vector) {
      const Vec<B> lane = lane_numbers<B>();
      if (image_first || F::kRow.commutes) {
        broadcast_rows<B>(x, y, dst, pool, [&](Vec<B> a, Vec<B> b, Vec<B> channels) {
          return of_channels<B, F>(a, b, lane, channels);
        });
      } else if constexpr (!F::kRow.commutes) {
        broadcast_rows<B>(x, y, dst, pool, [&](Vec<B> a, Vec<B> b, Vec<B> channels) {
          return of_channels<B, F>(b, a, lane, channels);
        });
      }
    }
  });
}

template <int W>
void broadcast_image(BinaryKind kind, bool image_first, const ConstImage& x, const Broadcast& y,
                     const Image& dst, ThreadPool& pool) {
  dst.layout->block == 1 ? broadcast_over_planes<W>(kind, image_first, x, y, dst, pool)
                         : broadcast_blocks<W>(kind, image_first, x, y, dst, pool);
}

}  // namespace u2net::kernels::U2NET_ISA
