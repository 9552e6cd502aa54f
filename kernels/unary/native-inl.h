// SPDX-License-Identifier: Apache-2.0
// The functions of functions.h on images, row by row.
#pragma once

#include "kernels/image_ops/rows-inl.h"
#include "kernels/unary/runs-inl.h"

namespace u2net::kernels::U2NET_ISA {

// A row, of which what is left behind its whole vectors goes through one of the stack.
template <int W>
void unary_row(UnaryRun run, const UnaryParameters& p, std::int64_t channels, const float* src,
               std::int64_t count, float* dst) {
  const std::int64_t left = count % W, whole = count - left;
  run(p, channels, src, whole, dst);
  if (left == 0) return;
  alignas(64) float last[W];
  store<W>(last, load_part<W>(src + whole, left));
  run(p, channels, last, W, last);
  store_part<W>(dst + whole, load<W>(last), left);
}

template <int W>
void unary_image(UnaryKind kind, const UnaryParameters& p, const ConstImage& src, const Image& dst,
                 ThreadPool& pool) {
  const ImageLayout& l = *dst.layout;
  const UnaryRun run = kUnaryRuns<W>[static_cast<std::size_t>(kind)];
  for_each_row(dst, pool, [&](const RowOf& r) {
    unary_row<W>(run, p, channels_of<W>(l, r.block), row_of(src, r), l.w * l.block, row_of(dst, r));
  });
}

}  // namespace u2net::kernels::U2NET_ISA
