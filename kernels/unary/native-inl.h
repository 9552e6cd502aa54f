// SPDX-License-Identifier: Apache-2.0
// relu and sigmoid on images.
#pragma once

#include "kernels/image_ops/rows-inl.h"

namespace u2net::kernels::U2NET_ISA {

// e^x for x of at most 88 in magnitude: x = n ln 2 + r with |r| <= ln(2) / 2, and the Taylor series
// of e^r, whose first term left out is below 2^-27.
template <int W>
U2NET_INLINE Vec<W> exponential(Vec<W> x) {
  typedef unsigned Bits __attribute__((vector_size(W * sizeof(unsigned))));
  constexpr float kRound = 0x1.8p23F;  // adding it leaves an integer in the low bits
  const Vec<W> shifted = madd<W>(x, splat<W>(1.44269504088896340736F), splat<W>(kRound));
  const Vec<W> n = shifted - splat<W>(kRound);
  // ln 2 in two parts, of which the first has so few bits that n times it is exact.
  Vec<W> r = nmadd<W>(n, splat<W>(0x1.62e4p-1F), x);
  r = nmadd<W>(n, splat<W>(0x1.7f7d1cp-20F), r);
  constexpr float kCoefficients[] = {1.0F / 5040, 1.0F / 720, 1.0F / 120, 1.0F / 24,
                                     1.0F / 6,    0.5F,       1,          1};
  Vec<W> sum = splat<W>(kCoefficients[0]);
  for (int i = 1; i < 8; ++i) sum = madd<W>(sum, r, splat<W>(kCoefficients[i]));
  // Times 2^n: n into the exponent.
  const Bits exponent = reinterpret_cast<Bits>(shifted) << 23;
  return reinterpret_cast<Vec<W>>(reinterpret_cast<Bits>(sum) + exponent);
}

// NaN stays NaN; beyond +-87 the result differs from 0 or 1 by less than 2^-125.
template <int W>
U2NET_INLINE Vec<W> sigmoid(Vec<W> x) {
  const Vec<W> least = splat<W>(-87.0F), one = splat<W>(1.0F);
  const Vec<W> clamped = max<W>(least, -max<W>(least, -x));
  const Vec<W> result = one / (one + exponential<W>(-clamped));
  return x == x ? result : x;
}

template <int W>
void relu_image(const ConstImage& src, const Image& dst, ThreadPool& pool) {
  const std::int64_t count = dst.layout->w * dst.layout->block;
  for_each_row(dst, pool, [&](const RowOf& r) {
    map_row<W>(row_of(src, r), row_of(dst, r), count, [](Vec<W> v) { return relu<W>(v); });
  });
}

// Lanes that are no channels may hold NaN, where the channels are infinite: behind a sigmoid those
// are finite again, and the lanes must be, too.
template <int W>
void sigmoid_image(const ConstImage& src, const Image& dst, ThreadPool& pool) {
  const ImageLayout& l = *dst.layout;
  Vec<W> lane{};
  for (int i = 0; i < W; ++i) lane[i] = static_cast<float>(i);
  for_each_row(dst, pool, [&](const RowOf& r) {
    const std::int64_t channels = l.block == 1 ? W : l.c - r.block * W;
    const Vec<W> count = splat<W>(static_cast<float>(channels < W ? channels : W));
    map_row<W>(row_of(src, r), row_of(dst, r), l.w * l.block,
               [&](Vec<W> v) { return lane < count ? sigmoid<W>(v) : Vec<W>{}; });
  });
}

}  // namespace u2net::kernels::U2NET_ISA
