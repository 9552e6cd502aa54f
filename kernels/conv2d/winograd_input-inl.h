// SPDX-License-Identifier: Apache-2.0
// The input side of winograd.h: runs of tiles of one row, W channels at a time. First the columns
// of the run (neighbouring tiles share two), then the rows of each tile.
#pragma once

#include "kernels/conv2d/winograd.h"
#include "kernels/conv2d/winograd_transforms-inl.h"
#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

// n tiles of one row of one image, from tile x on.
struct TileRun {
  std::int64_t image, y, x, n;
};

// Vectors in a line of the cache.
template <int W>
constexpr int kLineVectors = W < 16 ? 16 / W : 1;

// columns[x][M + 2][W] = B^T of M + 2 samples below each other, for `count` columns from src on,
// which lie row_stride and column_stride apart. `next` is where this will go on: prefetched on the
// way.
template <int W, int M>
U2NET_INLINE void transform_columns(const float* src, std::int64_t row_stride,
                                    std::int64_t column_stride, std::int64_t count, float* columns,
                                    const float* next) {
  constexpr int A = M + 2;
  for (std::int64_t x = 0; x < count; ++x, src += column_stride, next += column_stride) {
    if (x % kLineVectors<W> == 0) {
      for (int i = 0; i < A; ++i) prefetch(next + i * row_stride);
    }
    Vec<W> d[A], o[A];
    for (int i = 0; i < A; ++i) d[i] = load<W>(src + i * row_stride);
    transform_input<W, M>(d, o);
    for (int i = 0; i < A; ++i) store<W>(columns + (x * A + i) * W, o[i]);
  }
}

// A samples of the resized image, times 4 (filters are divided by it), from A / 2 + 1 of the
// smaller one. The first one is at an odd place: the samples to its left and right weigh 3/4 and
// 1/4.
template <int W, int A>
U2NET_INLINE void upsample(const Vec<W> (&samples)[A / 2 + 1], Vec<W> (&d)[A]) {
  const Vec<W> three = splat<W>(3.0F);
  for (int i = 0; i < A; ++i) {
    const Vec<W> lo = samples[i / 2], hi = samples[i / 2 + 1];
    d[i] = (i & 1) != 0 ? madd<W>(three, hi, lo) : madd<W>(three, lo, hi);
  }
}

// Transformed columns of a run, as they are.
template <int W, int M>
struct WholeColumns {
  const float* data;

  // Row i of a tile.
  U2NET_INLINE void load_row(std::int64_t tile, int i, Vec<W> (&d)[M + 2]) const {
    constexpr int A = M + 2;
    for (int j = 0; j < A; ++j) d[j] = load<W>(data + ((tile * M + j) * A + i) * W);
  }
};

// Transformed columns of the image that is to be resized: the transform of the height is linear, so
// that the width can be resized behind it.
template <int W, int M>
struct SmallColumns {
  const float* data;
  std::int64_t x, width;  // column 0 of the first tile, in the resized image; odd

  U2NET_INLINE void load_row(std::int64_t tile, int i, Vec<W> (&d)[M + 2]) const {
    constexpr int A = M + 2, kSmall = A / 2 + 1;
    Vec<W> samples[kSmall];
    for (int j = 0; j < kSmall; ++j)
      samples[j] = load<W>(data + ((tile * (M / 2) + j) * A + i) * W);
    upsample<W, A>(samples, d);
    const std::int64_t first = x + tile * M;
    if (first >= 0 && first + A <= width) return;
    for (int j = 0; j < A; ++j) {
      if (first + j < 0 || first + j >= width) d[j] = Vec<W>{};
    }
  }
};

// The rows of Tiles tiles next to each other, into v[point][tile]: with kLineVectors tiles whole
// cache lines are written.
template <int W, int M, int Tiles, class Columns>
U2NET_INLINE void transform_rows(const Columns& columns, std::int64_t tile, float* v,
                                 std::int64_t point_stride) {
  constexpr int A = M + 2;
  for (int i = 0; i < A; ++i) {
    float* row = v + i * A * point_stride;
    if (i + 1 < A) {
      for (int j = 0; j < A; ++j) prefetch_for_write(row + (A + j) * point_stride);
    } else {
      for (int j = 0; j < A; ++j) prefetch_for_write(v + Tiles * W + j * point_stride);
    }
    for (int t = 0; t < Tiles; ++t) {
      Vec<W> d[A], o[A];
      columns.load_row(tile + t, i, d);
      transform_input<W, M>(d, o);
      for (int j = 0; j < A; ++j) store<W>(row + j * point_stride + t * W, o[j]);
    }
  }
}

// The tiles [begin, end), one by one.
template <int W, int M, class Columns>
__attribute__((noinline)) void transform_single_rows(const Columns& columns, std::int64_t begin,
                                                     std::int64_t end, float* v,
                                                     std::int64_t point_stride) {
  for (std::int64_t t = begin; t < end; ++t)
    transform_rows<W, M, 1>(columns, t, v + t * W, point_stride);
}

// All tiles of a run, of which the first one is the tile `slot` of its block.
template <int W, int M, class Columns>
U2NET_INLINE void transform_run_rows(const Columns& columns, std::int64_t tiles, std::int64_t slot,
                                     float* v, std::int64_t point_stride) {
  constexpr int kTogether = kLineVectors<W>;
  std::int64_t t = 0;
  if constexpr (kTogether > 1) {
    t = (kTogether - slot % kTogether) % kTogether;
    if (t > tiles) t = tiles;
    transform_single_rows<W, M>(columns, 0, t, v, point_stride);
  }
  for (; t + kTogether <= tiles; t += kTogether) {
    transform_rows<W, M, kTogether>(columns, t, v + t * W, point_stride);
  }
  if constexpr (kTogether > 1) transform_single_rows<W, M>(columns, t, tiles, v, point_stride);
}

// The sample rows of the smaller image between which row y of the resized one lies, and four times
// their weights: 3/4 for the near one and 1/4 for the far one. Outside of the resized image there
// are none: a weight of 0 would make NaN of an infinite sample.
struct UpsampledRow {
  std::int64_t lo, hi;
  float weight_lo, weight_hi;

  bool is_outside() const { return weight_lo == 0.0F; }
};

inline UpsampledRow upsampled_row(std::int64_t y, std::int64_t small) {
  if (y < 0 || y >= 2 * small) return {0, 0, 0.0F, 0.0F};
  const bool is_odd = (y & 1) != 0;
  const std::int64_t lo = is_odd ? (y - 1) / 2 : y / 2 - 1;
  return {lo < 0 ? 0 : lo, lo + 1 < small ? lo + 1 : small - 1, is_odd ? 3.0F : 1.0F,
          is_odd ? 1.0F : 3.0F};
}

// Transformed columns of the small image, resized in height alone and times 4: `count` columns from
// x0 on (clamped to the image). y0: the first of the M + 2 rows of the resized image.
template <int W, int M>
U2NET_INLINE void transform_small_columns(const ImageLayout& layout, const float* plane,
                                          std::int64_t y0, std::int64_t x0, std::int64_t count,
                                          float* columns, const float* next) {
  constexpr int A = M + 2, kSmallRows = A / 2 + 1;
  const std::int64_t row_stride = layout.row_stride();
  const bool inside =
      y0 >= 1 && y0 + A <= 2 * layout.h - 1;  // y0 is odd: A / 2 + 1 rows, none clamped
  UpsampledRow rows[A];
  for (int i = 0; i < A; ++i) rows[i] = upsampled_row(y0 + i, layout.h);
  for (std::int64_t x = 0; x < count; ++x) {
    const std::int64_t clamped = x0 + x < 0 ? 0 : (x0 + x < layout.w ? x0 + x : layout.w - 1);
    const float* column = plane + clamped * W;
    if (x % kLineVectors<W> == 0) {
      for (int i = 0; i < kSmallRows; ++i) prefetch(next + i * row_stride + x * W);
    }
    Vec<W> d[A], o[A];
    if (inside) {
      Vec<W> samples[kSmallRows];
      for (int i = 0; i < kSmallRows; ++i)
        samples[i] = load<W>(column + ((y0 - 1) / 2 + i) * row_stride);
      upsample<W, A>(samples, d);
    } else {
      for (int i = 0; i < A; ++i) {
        d[i] = Vec<W>{};
        if (rows[i].is_outside()) continue;
        d[i] = madd<W>(splat<W>(rows[i].weight_lo), load<W>(column + rows[i].lo * row_stride),
                       splat<W>(rows[i].weight_hi) * load<W>(column + rows[i].hi * row_stride));
      }
    }
    transform_input<W, M>(d, o);
    for (int i = 0; i < A; ++i) store<W>(columns + (x * A + i) * W, o[i]);
  }
}

template <int W, int M>
class WinogradInput {
 public:
  WinogradInput(const WinogradPlan& plan, const F32Operands& operands, float* scratch)
      : plan_(plan), operands_(operands), columns_(scratch) {}

  // Into v at tile `slot` of the block.
  __attribute__((noinline)) void transform(const TileRun& run, std::int64_t slot, float* v) {
    float* out = v + slot * W;
    for (std::size_t s = 0; s < plan_.conv.sources.size(); ++s) {
      const ConvSource& source = plan_.conv.sources[s];
      const float* image = operands_.source(s) + source.layout.offset(run.image, 0, 0, 0);
      const std::int64_t blocks = source.layout.channel_blocks();
      for (std::int64_t b = 0; b < blocks; ++b, out += plan_.v_chunk) {
        const float* plane = image + b * source.layout.plane_stride();
        const float* next = b + 1 < blocks ? plane + source.layout.plane_stride() : image;
        if (source.upsample) {
          transform_run_rows<W, M>(small_columns(source.layout, plane, next, run), run.n, slot, out,
                                   plan_.v_point);
        } else {
          transform_run_rows<W, M>(columns(source.layout, plane, next, run), run.n, slot, out,
                                   plan_.v_point);
        }
      }
    }
  }

 private:
  WholeColumns<W, M> columns(const ImageLayout& layout, const float* plane, const float* next,
                             const TileRun& run) {
    const Conv2dParams& p = plan_.conv.params;
    const std::int64_t y = plan_.row_of(run.y) - p.pad_top, x = plan_.column_of(run.x) - p.pad_left;
    const std::int64_t at = y * layout.row_stride() + x * W;
    transform_columns<W, M>(plane + at, p.dilation_h * layout.row_stride(), p.dilation_w * W,
                            run.n * M + 2, columns_, next + at);
    return {columns_};
  }

  SmallColumns<W, M> small_columns(const ImageLayout& layout, const float* plane, const float* next,
                                   const TileRun& run) {
    const std::int64_t y = run.y * M - 1, x = run.x * M - 1;  // padding is 1 here
    const std::int64_t at = run.y * M / 2 * layout.row_stride() + run.x * M / 2 * W;
    transform_small_columns<W, M>(layout, plane, y, (x - 1) / 2, run.n * M / 2 + 2, columns_,
                                  next + at);
    return {columns_, x, 2 * layout.w};
  }

  const WinogradPlan& plan_;
  const F32Operands& operands_;
  float* columns_;
};

}  // namespace u2net::kernels::U2NET_ISA
