// SPDX-License-Identifier: Apache-2.0
// The transposed convolution by its phases (phases.h) on images in blocks of W channels.
//
// A tile is up to kTileRows neighbours of one phase in a row of dst, times one or two blocks of
// their channels, and stays in registers for all taps and input channels: a step loads the weights
// of one input channel for those output channels and adds them times each neighbour's sample. The
// samples are neighbours in src whatever the stride; the results go to every stride-th pixel of
// dst, whole lines of cache each. src has a halo as far as the taps reach.
#pragma once

#include "kernels/base/rounding.h"
#include "kernels/conv2d/matrix_tile-inl.h"
#include "kernels/conv2d_transpose/phases.h"
#include "kernels/image_ops/rows-inl.h"

namespace u2net::kernels::U2NET_ISA {

// A row of results of one phase: taps are those of the row and the columns.
struct TransposedRow {
  const TransposedTap *rows, *columns;
  std::int64_t row_taps, column_taps, ic_blocks;
  const float* src;  // of the first result, in the first block
  std::int64_t src_row, src_plane;
  const float *weights, *bias;
  float* dst;
  std::int64_t dst_plane, dst_step;  // from one block, and from one result of the phase to the next
};

template <int W, int Pixels, int Blocks>
void transposed_tile(const TransposedRow& row, std::int64_t first) {
  MatrixTile<W, Pixels, Blocks> tile;
  tile.set(row.bias);
  const float* weights = row.weights;
  for (std::int64_t h = 0; h < row.row_taps; ++h) {
    for (std::int64_t w = 0; w < row.column_taps; ++w) {
      const float* src =
          row.src + row.rows[h].shift * row.src_row + (first + row.columns[w].shift) * W;
      for (std::int64_t block = 0; block < row.ic_blocks; ++block) {
        tile.chunk(weights, src, W);
        weights += W * W * Blocks;
        src += row.src_plane;
      }
    }
  }
  float* dst = row.dst + first * row.dst_step;
  tile.each([&](auto t, auto c) __attribute__((always_inline)) {
    store_loose<W>(dst + t * row.dst_step + c * row.dst_plane, tile.sums[t][c]);
  });
}

template <int W, int Blocks>
void transposed_row(const TransposedRow& row, std::int64_t count) {
  std::int64_t x = 0;
  for (; x + kTileRows <= count; x += kTileRows) transposed_tile<W, kTileRows, Blocks>(row, x);
  for (; x + 4 <= count; x += 4) transposed_tile<W, 4, Blocks>(row, x);
  for (; x < count; ++x) transposed_tile<W, 1, Blocks>(row, x);
}

// Of a channel a group: a vector holds the channels of a pixel, and so do the weights of a tap.
template <int W, int Pixels>
void transposed_pixels(const TransposedRow& row, std::int64_t kw, std::int64_t first) {
  Vec<W> sums[Pixels];
  for (Vec<W>& sum : sums) sum = load<W>(row.bias);
  for (std::int64_t h = 0; h < row.row_taps; ++h) {
    for (std::int64_t w = 0; w < row.column_taps; ++w) {
      const Vec<W> weight = load<W>(row.weights + (row.rows[h].k * kw + row.columns[w].k) * W);
      const float* src =
          row.src + row.rows[h].shift * row.src_row + (first + row.columns[w].shift) * W;
      for (int i = 0; i < Pixels; ++i)
        sums[i] = madd<W>(load_loose<W>(src + i * W), weight, sums[i]);
    }
  }
  for (int i = 0; i < Pixels; ++i) store_loose<W>(row.dst + (first + i) * row.dst_step, sums[i]);
}

template <int W>
void transposed_row(const TransposedPhases& phases, const TransposedRow& row, int together,
                    std::int64_t count) {
  if (!phases.is_depthwise()) {
    together == 2 ? transposed_row<W, 2>(row, count) : transposed_row<W, 1>(row, count);
    return;
  }
  const std::int64_t kw = phases.params().kw;
  std::int64_t x = 0;
  for (; x + 4 <= count; x += 4) transposed_pixels<W, 4>(row, kw, x);
  for (; x < count; ++x) transposed_pixels<W, 1>(row, kw, x);
}

// A row of results of some blocks of channels, phase by phase.
template <int W>
void transposed_results(const TransposedPhases& phases, const ConstImage& src, const float* packed,
                        const float* bias, const Image& dst, const RowOf& r, int together) {
  const ImageLayout &from = *src.layout, &to = *dst.layout;
  const Conv2dTransposeParams& p = phases.params();
  const std::int64_t row_phase = r.y % p.stride_h;
  const auto& rows = phases.rows(row_phase);
  for (std::int64_t phase = 0; phase < p.stride_w && phase < to.w; ++phase) {
    const auto& columns = phases.columns(phase);
    const bool depthwise = phases.is_depthwise();
    const TransposedRow row = {
        rows.data(),
        columns.data(),
        static_cast<std::int64_t>(rows.size()),
        static_cast<std::int64_t>(columns.size()),
        phases.ic_blocks(),
        floats_of(src) + from.offset(r.image, depthwise ? r.block : 0, r.y / p.stride_h, 0),
        from.row_stride(),
        from.plane_stride(),
        packed + (depthwise ? r.block * p.kh * p.kw * W
                            : phases.offset(r.block, together, row_phase, phase)),
        bias + r.block * W,
        floats_of(dst) + to.offset(r.image, r.block, r.y, phase),
        to.plane_stride(),
        p.stride_w * W};
    transposed_row<W>(phases, row, together, divided_up(to.w - phase, p.stride_w));
  }
}

template <int W>
void conv2d_transpose_image(const TransposedPhases& phases, const ConstImage& src,
                            const float* packed, const float* bias, const Image& dst,
                            ThreadPool& pool) {
  const ImageLayout& to = *dst.layout;
  const std::int64_t blocks = phases.oc_blocks(), most = phases.is_depthwise() ? 1 : 2,
                     parts = divided_up(blocks, most);
  zero_halo(to, dst.data, pool);
  pool.parallel_for(to.n * parts * to.h, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const RowOf r{i / to.h / parts, i / to.h % parts * most, i % to.h};
      transposed_results<W>(phases, src, packed, bias, dst, r,
                            blocks - r.block < most ? 1 : static_cast<int>(most));
    }
  });
}

}  // namespace u2net::kernels::U2NET_ISA
