// SPDX-License-Identifier: Apache-2.0
// The functions of functions.h on images.
#pragma once

#include "kernels/image_ops/rows-inl.h"
#include "kernels/unary/vector_functions-inl.h"

namespace u2net::kernels::U2NET_ISA {

// Lanes that are no channels may hold NaN, where the channels are infinite: behind a function that
// makes those finite again, the lanes must be, too. And where the channels are finite, they must
// not be infinite, though that be what the function makes of 0.
template <int W, class F>
void bounded_rows(const UnaryParameters& p, const ConstImage& src, const Image& dst,
                  ThreadPool& pool) {
  const ImageLayout& l = *dst.layout;
  const Vec<W> lane = lane_numbers<W>();
  for_each_row(dst, pool, [&](const RowOf& r) {
    const std::int64_t channels = l.block == 1 ? W : l.c - r.block * W;
    const Vec<W> count = splat<W>(static_cast<float>(channels < W ? channels : W));
    map_row<W>(row_of(src, r), row_of(dst, r), l.w * l.block,
               [&](Vec<W> v) { return lane < count ? vector_of<W>(F{}, v, p) : Vec<W>{}; });
  });
}

template <int W, class F>
void unary_rows(const UnaryParameters& p, const ConstImage& src, const Image& dst,
                ThreadPool& pool) {
  const std::int64_t count = dst.layout->w * dst.layout->block;
  for_each_row(dst, pool, [&](const RowOf& r) {
    map_row<W>(row_of(src, r), row_of(dst, r), count,
               [&](Vec<W> v) { return vector_of<W>(F{}, v, p); });
  });
}

template <int W>
void unary_image(UnaryKind kind, const UnaryParameters& p, const ConstImage& src, const Image& dst,
                 ThreadPool& pool) {
  UnaryFunctions::visit(kind, [&]<class F>(F) {
    if constexpr (!F::kRow.has_vector) {
      return;  // nobody asks for it
    } else if constexpr (F::kRow.is_bounded || F::kRow.has_pole) {
      bounded_rows<W, F>(p, src, dst, pool);
    } else {
      unary_rows<W, F>(p, src, dst, pool);
    }
  });
}

}  // namespace u2net::kernels::U2NET_ISA
