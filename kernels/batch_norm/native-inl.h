// SPDX-License-Identifier: Apache-2.0
// A factor and an offset for every channel: batch_norm and scale on images.
#pragma once

#include "kernels/image_rows-inl.h"

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
