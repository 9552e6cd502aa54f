// SPDX-License-Identifier: Apache-2.0
// A factor and an offset for every channel: batch_norm and scale on images,
//   dst[c][y][x] = src[c][y][x] * factor[c] + offset[c]
// rounded twice, as the reference does it. In blocks of W channels a vector holds the channels of a
// pixel and the factors of a block are one vector for all of its rows; in planes both are one
// number, repeated. One load, two operations and one store a vector: at the speed of memory.
// Optimised graphs have it folded into the convolution in front of it wherever there is one.
#pragma once

#include "kernels/image_ops/rows-inl.h"

namespace u2net::kernels::U2NET_ISA {

template <int W>
void affine_image(const ConstImage& src, const ChannelAffine& by, const Image& dst,
                  ThreadPool& pool) {
  const ImageLayout& l = *dst.layout;
  for_each_row(dst, pool, [&](const RowOf& r) {
    const bool planar = l.block == 1;
    const Vec<W> factor =
        planar ? splat<W>(by.factor[r.block]) : load_loose<W>(by.factor + r.block * W);
    const Vec<W> offset =
        planar ? splat<W>(by.offset[r.block]) : load_loose<W>(by.offset + r.block * W);
    map_row<W>(row_of(src, r), row_of(dst, r), l.w * l.block,
               [&](Vec<W> v) { return v * factor + offset; });
  });
}

}  // namespace u2net::kernels::U2NET_ISA
