// SPDX-License-Identifier: Apache-2.0
// Pooling on images. The windows of a row of results lie in the same rows of src; most of them lie
// inside of src altogether, one a stride further than the other, and have one and the same size:
// those are computed without a look at the borders, the few others window by window.
//
// In blocks of B channels a vector holds the channels of one pixel, and a window is a walk over its
// pixels. Planes have no such vectors: there a vector holds W results next to each other, and a
// step takes the same sample of W windows, which with a stride of 1 is one load, and with a stride
// of 2 every second float of two. Either way each result sees its samples in the order of the
// reference, row by row: sums round alike, and where there are NaN, the order of a maximum matters.
// A pooling reads every sample about once and does little with it: it runs at the speed of memory.
#pragma once

#include "kernels/image_ops/rows-inl.h"

namespace u2net::kernels::U2NET_ISA {

// The floats at p[0], p[Stride], ...: of stride 2 it reads 2 * W, the last one for nothing.
template <int W, int Stride>
U2NET_INLINE Vec<W> load_each(const float* p) {
  if constexpr (W == 1 || Stride == 1) {
    return load_loose<W>(p);
  } else {
    const Vec<W> a = load_loose<W>(p), b = load_loose<W>(p + W);
    return [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
      return __builtin_shufflevector(a, b, (2 * I)...);
    }
    (std::make_integer_sequence<int, W>{});
  }
}

// Windows of rows times columns samples.
struct PoolSize {
  std::int64_t rows, columns;
  float area;  // that a sum is divided by
};

// The result of one window whose first sample lies at p, B channels wide, or of B windows with a
// distance of Stride floats. `step`: from one column to the next.
template <int B, int Stride, PoolKind Kind>
U2NET_INLINE Vec<B> pool_samples(const PoolSize& size, const float* p, std::int64_t row,
                                 std::int64_t step) {
  Vec<B> result = splat<B>(Kind == PoolKind::kMax ? kLowest : 0.0F);
  for (std::int64_t i = 0; i < size.rows; ++i) {
    for (std::int64_t j = 0; j < size.columns; ++j) {
      const Vec<B> value = load_each<B, Stride>(p + i * row + j * step);
      result = Kind == PoolKind::kMax ? max<B>(result, value) : result + value;
    }
  }
  if constexpr (Kind == PoolKind::kAverage) result /= splat<B>(size.area);
  return result;
}

// 2x2 windows, as networks have them, without the loops.
template <int B, int Stride, PoolKind Kind>
U2NET_INLINE Vec<B> pool_any(const PoolSize& size, const float* p, std::int64_t row,
                             std::int64_t step) {
  if (size.rows == 2 && size.columns == 2)
    return pool_samples<B, Stride, Kind>({2, 2, size.area}, p, row, step);
  return pool_samples<B, Stride, Kind>(size, p, row, step);
}

// One row of results, of windows in the rows of `h`.
template <int B, PoolKind Kind>
class PoolRow {
 public:
  PoolRow(const Pool2dParams& p, std::int64_t row) : p_(p), row_(row) {
    if (p.adaptive) return;
    inner_ = {divided_up(p.pad_left, p.stride_w),
              p.iw + p.pad_left < p.kw ? 0 : (p.iw + p.pad_left - p.kw) / p.stride_w + 1};
    if (inner_.end > p.ow) inner_.end = p.ow;
    if (inner_.begin > inner_.end) inner_.begin = inner_.end;
  }

  // `spare`: floats behind the last row of `h` that may be read.
  template <int W>
  void run(const float* plane, const PoolWindow& h, std::int64_t spare, float* out) const {
    const float* rows = plane + h.begin * row_;
    for (std::int64_t x = 0; x < inner_.begin; ++x) at_the_edge(rows, h, x, out);
    std::int64_t x = inner_.begin;
    const PoolSize size = size_of(h, {0, p_.kw, p_.kw});
    if constexpr (B == 1 && W > 1) {
      if (p_.stride_w == 1) x = vectors<W, 1>(rows, size, p_.iw, x, out);
      if (p_.stride_w == 2) x = vectors<W, 2>(rows, size, p_.iw + spare, x, out);
    }
    for (; x < inner_.end; ++x) {
      const float* first = rows + (x * p_.stride_w - p_.pad_left) * B;
      store_loose<B>(out + x * B, pool_any<B, 1, Kind>(size, first, row_, B));
    }
    for (; x < p_.ow; ++x) at_the_edge(rows, h, x, out);
  }

 private:
  struct Columns {
    std::int64_t begin = 0, end = 0;
  };

  PoolSize size_of(const PoolWindow& h, const PoolWindow& w) const {
    const std::int64_t rows = h.end - h.begin, columns = w.end - w.begin;
    const std::int64_t area =
        p_.exclusive || p_.adaptive ? rows * columns : h.padded_length * w.padded_length;
    return {rows, columns, static_cast<float>(area)};
  }

  void at_the_edge(const float* rows, const PoolWindow& h, std::int64_t x, float* out) const {
    const PoolWindow w = pool_window(x, p_.iw, p_.ow, p_.kw, p_.stride_w, p_.pad_left, p_.adaptive);
    store_loose<B>(out + x * B,
                   pool_samples<B, 1, Kind>(size_of(h, w), rows + w.begin * B, row_, B));
  }

  // From x on, as long as a row has the floats that are read. Returns the first that is left.
  template <int W, int Stride>
  std::int64_t vectors(const float* rows, const PoolSize& size, std::int64_t row_floats,
                       std::int64_t x, float* out) const {
    const std::int64_t reach = Stride * W + p_.kw - 1 - p_.pad_left;
    for (; x + W <= inner_.end && x * Stride + reach <= row_floats; x += W) {
      const float* first = rows + x * Stride - p_.pad_left;
      store_loose<W>(out + x, pool_any<W, Stride, Kind>(size, first, row_, 1));
    }
    return x;
  }

  const Pool2dParams& p_;
  std::int64_t row_;  // of src, in floats
  Columns inner_;     // results whose windows lie inside of src in width
};

template <int B, int W, PoolKind Kind>
void pool_rows(const Pool2dParams& p, const ConstImage& src, const Image& dst, ThreadPool& pool) {
  const ImageLayout& l = *src.layout;
  const PoolRow<B, Kind> row(p, l.row_stride());
  for_each_row(dst, pool, [&](const RowOf& r) {
    const PoolWindow h = pool_window(r.y, p.ih, p.oh, p.kh, p.stride_h, p.pad_top, p.adaptive);
    const float* plane = floats_of(src) + l.offset(r.image, r.block, 0, 0);
    const bool ends = r.image == l.n - 1 && r.block == l.channel_blocks() - 1 && h.end == l.h &&
                      l.halo.bottom == 0 && l.halo.right == 0;  // of src behind these rows
    row.template run<W>(plane, h, ends ? 0 : 1, row_of(dst, r));
  });
}

template <int W>
void pool_image(const Pool2dParams& p, const ConstImage& src, const Image& dst, ThreadPool& pool) {
  constexpr decltype(&pool_rows<W, W, PoolKind::kMax>) kRun[2][2] = {
      {pool_rows<1, W, PoolKind::kMax>, pool_rows<1, W, PoolKind::kAverage>},
      {pool_rows<W, W, PoolKind::kMax>, pool_rows<W, W, PoolKind::kAverage>}};
  kRun[dst.layout->block == 1 ? 0 : 1][p.kind == PoolKind::kMax ? 0 : 1](p, src, dst, pool);
}

}  // namespace u2net::kernels::U2NET_ISA
