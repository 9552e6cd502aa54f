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

// Windows of rows times columns samples in memory.
struct PoolWindows {
  std::int64_t rows, columns;
  float area;              // that a sum is divided by
  std::int64_t row, step;  // from one sample to the next below and beside it, in floats
};

template <int B, int Stride, PoolKind Kind>
U2NET_INLINE Vec<B> pool_samples(const PoolWindows& w, std::int64_t rows, std::int64_t columns,
                                 const float* p) {
  Vec<B> result = splat<B>(Kind == PoolKind::kMax ? kLowest : 0.0F);
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const Vec<B> value = load_each<B, Stride>(p + i * w.row + j * w.step);
      result = Kind == PoolKind::kMax ? max<B>(result, value) : result + value;
    }
  }
  if constexpr (Kind == PoolKind::kAverage) result /= splat<B>(w.area);
  return result;
}

// `count` vectors of results behind each other in out: of one window, B channels wide, or of B
// windows with a distance of Stride floats. The first sample of the first is at p, `next` leads to
// the others.
template <int B, int Stride, PoolKind Kind>
__attribute__((noinline)) void pool_piece(const PoolWindows& w, const float* p, std::int64_t next,
                                          std::int64_t count, float* out) {
  if (w.rows == 2 && w.columns == 2) {  // as networks have them: without the loops
    for (; count > 0; --count, p += next, out += B)
      store_loose<B>(out, pool_samples<B, Stride, Kind>(w, 2, 2, p));
    return;
  }
  for (; count > 0; --count, p += next, out += B)
    store_loose<B>(out, pool_samples<B, Stride, Kind>(w, w.rows, w.columns, p));
}

using PoolPiece = void (*)(const PoolWindows&, const float*, std::int64_t, std::int64_t, float*);

// One row of results after the other.
template <int W>
class PoolRow {
 public:
  PoolRow(const Pool2dParams& p, const ImageLayout& src) : p_(p), src_(src) {
    constexpr PoolPiece kPieces[2][3] = {
        {pool_piece<1, 1, PoolKind::kMax>, pool_piece<W, 1, PoolKind::kMax>,
         pool_piece<W, 2, PoolKind::kMax>},
        {pool_piece<1, 1, PoolKind::kAverage>, pool_piece<W, 1, PoolKind::kAverage>,
         pool_piece<W, 2, PoolKind::kAverage>}};
    const PoolPiece* pieces = kPieces[p.kind == PoolKind::kMax ? 0 : 1];
    pixel_ = pieces[src.block == 1 ? 0 : 1];
    if (p.adaptive) return;
    if (src.block == 1 && p.stride_w <= 2) vector_ = pieces[p.stride_w];
    first_inside_ = divided_up(p.pad_left, p.stride_w);
    if (p.iw + p.pad_left >= p.kw) end_inside_ = (p.iw + p.pad_left - p.kw) / p.stride_w + 1;
    if (end_inside_ > p.ow) end_inside_ = p.ow;
    if (first_inside_ > end_inside_) first_inside_ = end_inside_;
  }

  void run(const float* src, const RowOf& r, float* out) const {
    const PoolWindow h =
        pool_window(r.y, p_.ih, p_.oh, p_.kh, p_.stride_h, p_.pad_top, p_.adaptive);
    const float* rows = src + src_.offset(r.image, r.block, 0, 0) + h.begin * src_.row_stride();
    const std::int64_t block = src_.block;
    const auto at_the_edge = [&](std::int64_t x) {
      const PoolWindow w =
          pool_window(x, p_.iw, p_.ow, p_.kw, p_.stride_w, p_.pad_left, p_.adaptive);
      pixel_(windows(h, w), rows + w.begin * block, 0, 1, out + x * block);
    };
    std::int64_t x = 0;
    for (; x < first_inside_; ++x) at_the_edge(x);
    const PoolWindows inside = windows(h, {0, p_.kw, p_.kw});
    if (vector_) {
      const std::int64_t vectors = vectors_inside(r, h);
      vector_(inside, rows + x * p_.stride_w - p_.pad_left, p_.stride_w * W, vectors, out + x);
      x += vectors * W;
    }
    pixel_(inside, rows + (x * p_.stride_w - p_.pad_left) * block, p_.stride_w * block,
           end_inside_ - x, out + x * block);
    for (x = end_inside_; x < p_.ow; ++x) at_the_edge(x);
  }

 private:
  PoolWindows windows(const PoolWindow& h, const PoolWindow& w) const {
    const std::int64_t rows = h.end - h.begin, columns = w.end - w.begin;
    const std::int64_t area =
        p_.exclusive || p_.adaptive ? rows * columns : h.padded_length * w.padded_length;
    return {rows, columns, static_cast<float>(area), src_.row_stride(), src_.block};
  }

  // As many as find all that they read in their rows; with a stride of 2 that may be the float
  // behind the last row of h, too, unless src ends there.
  std::int64_t vectors_inside(const RowOf& r, const PoolWindow& h) const {
    const bool ends = r.image == src_.n - 1 && r.block == src_.c - 1 && h.end == src_.h &&
                      src_.halo.bottom == 0 && src_.halo.right == 0;
    const std::int64_t floats = p_.iw + (p_.stride_w == 2 && !ends ? 1 : 0);
    const std::int64_t left = floats - (first_inside_ * p_.stride_w - p_.pad_left) - (p_.kw - 1);
    const std::int64_t by_reads = left > 0 ? left / (p_.stride_w * W) : 0;
    const std::int64_t by_results = (end_inside_ - first_inside_) / W;
    return by_reads < by_results ? by_reads : by_results;
  }

  const Pool2dParams& p_;
  const ImageLayout& src_;
  PoolPiece pixel_, vector_ = nullptr;
  // The results whose windows lie inside of src in width.
  std::int64_t first_inside_ = 0, end_inside_ = 0;
};

template <int W>
void pool_image(const Pool2dParams& p, const ConstImage& src, const Image& dst, ThreadPool& pool) {
  const PoolRow<W> row(p, *src.layout);
  for_each_row(dst, pool, [&](const RowOf& r) { row.run(floats_of(src), r, row_of(dst, r)); });
}

}  // namespace u2net::kernels::U2NET_ISA
