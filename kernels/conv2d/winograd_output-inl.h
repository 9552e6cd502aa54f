// SPDX-License-Identifier: Apache-2.0
// The output side of winograd.h: one tile of W channels from its products to dst, with bias, ReLU,
// activation, residual and 2x2 maximum.
#pragma once

#include "kernels/conv2d/activation-inl.h"
#include "kernels/conv2d/winograd.h"
#include "kernels/conv2d/winograd_transforms-inl.h"
#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

// Where one tile goes; strides in floats.
struct TileTarget {
  float* dst;
  const float* residual;  // null for none
  float* pooled;          // null for none
  std::int64_t dst_row, residual_row, pooled_row;
  std::int64_t pixel;                        // from one to the next, where the tile is not whole
  std::int64_t rows, columns;                // of the tile that lie inside of dst
  std::int64_t pooled_rows, pooled_columns;  // alike
  bool relu, relu_after_residual;
  bool stream;                // of a tile that is whole
  const ConvPlan* activated;  // null where there is no activation
  std::int64_t channels;      // of dst, from this vector on
};

template <int W>
U2NET_INLINE Vec<W> finish(Vec<W> sum, Vec<W> bias, const float* residual,
                           const TileTarget& target) {
  Vec<W> value = sum + bias;
  if (target.relu) value = relu<W>(value);
  if (residual) value += load<W>(residual);
  if (target.relu_after_residual) value = relu<W>(value);
  return value;
}

// rows[M][M + 2][W]: A^T of every column of the products of one tile.
template <int W, int M>
U2NET_INLINE void transform_products(const float* products, std::int64_t point_stride,
                                     float* rows) {
  constexpr int A = M + 2;
  for (int j = 0; j < A; ++j) {
    Vec<W> m[A], y[M];
    for (int i = 0; i < A; ++i) m[i] = load<W>(products + (i * A + j) * point_stride);
    transform_output<W, M>(m, y);
    for (int i = 0; i < M; ++i) store<W>(rows + (i * A + j) * W, y[i]);
  }
}

template <int W, int M>
U2NET_INLINE void transform_row(const float* row, Vec<W> (&y)[M]) {
  Vec<W> m[M + 2];
  for (int j = 0; j < M + 2; ++j) m[j] = load<W>(row + j * W);
  transform_output<W, M>(m, y);
}

// A tile that lies inside of dst, without an activation.
template <int W, int M>
__attribute__((noinline)) void write_whole_tile(const float* products, std::int64_t point_stride,
                                                const float* bias, const TileTarget& target) {
  constexpr int A = M + 2;
  alignas(64) float rows[M * A * W];
  transform_products<W, M>(products, point_stride, rows);
  const Vec<W> b = load<W>(bias);
  const auto write_row = [&](int i, Vec<W>(&y)[M]) __attribute__((always_inline)) {
    transform_row<W, M>(rows + i * A * W, y);
    for (int j = 0; j < M; ++j) y[j] += b;
    // One thing after the other: the branches are the same for every row of every tile.
    if (target.relu) {
      for (int j = 0; j < M; ++j) y[j] = relu<W>(y[j]);
    }
    if (target.residual) {
      const float* residual = target.residual + i * target.residual_row;
      for (int j = 0; j < M; ++j) y[j] += load<W>(residual + j * W);
    }
    float* to = target.dst + i * target.dst_row;
    if (target.stream) {
      for (int j = 0; j < M; ++j) stream<W>(to + j * W, y[j]);
    } else {
      for (int j = 0; j < M; ++j) store<W>(to + j * W, y[j]);
    }
  };
  for (int i = 0; i < M; i += 2) {
    Vec<W> upper[M], lower[M];
    write_row(i, upper);
    if (target.pooled) {  // sample after sample, as the reference does it: of NaN the order matters
      for (int j = 0; j < M / 2; ++j)
        upper[j] = max<W>(max<W>(splat<W>(kLowest), upper[2 * j]), upper[2 * j + 1]);
      write_row(i + 1, lower);
      for (int j = 0; j < M / 2; ++j) {
        store<W>(target.pooled + i / 2 * target.pooled_row + j * W,
                 max<W>(max<W>(upper[j], lower[2 * j]), lower[2 * j + 1]));
      }
    } else {
      write_row(i + 1, lower);
    }
  }
}

// The 2x2 maximum of a finished tile.
template <int W, int M>
U2NET_INLINE void write_pooled(const float (&tile)[M][M][W], const TileTarget& target) {
  for (int i = 0; i < target.pooled_rows; ++i) {
    for (int j = 0; j < target.pooled_columns; ++j) {
      Vec<W> best = splat<W>(kLowest);
      for (int y = 2 * i; y < 2 * i + 2 && y < target.rows; ++y) {
        for (int x = 2 * j; x < 2 * j + 2 && x < target.columns; ++x)
          best = max<W>(best, load<W>(tile[y][x]));
      }
      store<W>(target.pooled + i * target.pooled_row + j * W, best);
    }
  }
}

// Any tile with any epilogue.
template <int W, int M>
__attribute__((noinline)) void write_any_tile(const float* products, std::int64_t point_stride,
                                              const float* bias, const TileTarget& target) {
  constexpr int A = M + 2;
  alignas(64) float rows[M * A * W];
  alignas(64) float tile[M][M][W];
  transform_products<W, M>(products, point_stride, rows);
  for (int i = 0; i < target.rows; ++i) {
    Vec<W> y[M];
    transform_row<W, M>(rows + i * A * W, y);
    const float* residual = target.residual ? target.residual + i * target.residual_row : nullptr;
    if (target.activated) {
      for (int j = 0; j < M; ++j) store<W>(tile[i][j], y[j] + load<W>(bias));
      finish_activated<W>({*target.activated, target.channels, residual, 0, target.pixel}, 1,
                          target.columns, 0, tile[i][0], 0, tile[i][0]);
    } else {
      for (int j = 0; j < M; ++j) store<W>(tile[i][j], y[j]);
      for (int j = 0; j < target.columns; ++j) {
        const Vec<W> value = finish<W>(load<W>(tile[i][j]), load<W>(bias),
                                       residual ? residual + j * target.pixel : nullptr, target);
        store<W>(tile[i][j], value);
      }
    }
    for (int j = 0; j < target.columns; ++j)
      store<W>(target.dst + i * target.dst_row + j * target.pixel, load<W>(tile[i][j]));
  }
  write_pooled<W, M>(tile, target);
}

template <int W, int M>
class WinogradOutput {
 public:
  WinogradOutput(const WinogradPlan& plan, const F32Operands& operands)
      : plan_(plan), operands_(operands) {
    const FusedConv2d& p = plan.conv;
    whole_ = p.activation || p.relu_after_residual || plan.is_dilated() ? write_any_tile<W, M>
                                                                        : write_whole_tile<W, M>;
  }

  // products: of a group of output channels, at this tile.
  U2NET_INLINE void write(const float* products, std::int64_t group, std::int64_t image,
                          std::int64_t y, std::int64_t x) const {
    const FusedConv2d& p = plan_.conv;
    TileTarget target;
    target.relu = p.relu;
    target.relu_after_residual = p.relu_after_residual;
    target.stream = plan_.stream;
    target.activated = p.activation ? &plan_ : nullptr;
    const std::int64_t dilation_h = p.params.dilation_h, dilation_w = p.params.dilation_w;
    const std::int64_t row = plan_.row_of(y), column = plan_.column_of(x);
    target.rows = results_inside(p.dst.h - row, dilation_h);
    target.columns = results_inside(p.dst.w - column, dilation_w);
    target.dst_row = dilation_h * p.dst.row_stride();
    target.residual_row = p.residual ? dilation_h * p.residual->row_stride() : 0;
    target.pixel = dilation_w * W;
    target.pooled_row = target.pooled_rows = target.pooled_columns = 0;
    if (p.pooled) {
      target.pooled_row = p.pooled->row_stride();
      target.pooled_rows = p.pooled->h - y * M / 2 < M / 2 ? p.pooled->h - y * M / 2 : M / 2;
      target.pooled_columns = p.pooled->w - x * M / 2 < M / 2 ? p.pooled->w - x * M / 2 : M / 2;
    }
    const Write write_tile =
        target.rows == M && target.columns == M ? whole_ : write_any_tile<W, M>;
    const int vectors = plan_.vectors_of(group);
    for (int c = 0; c < vectors; ++c) {
      const std::int64_t block = group * plan_.group_vectors + c;
      target.channels = p.dst.c - block * W;
      target.dst = operands_.dst + p.dst.offset(image, block, row, column);
      target.residual =
          p.residual ? operands_.residual + p.residual->offset(image, block, row, column) : nullptr;
      target.pooled = p.pooled
                          ? operands_.pooled + p.pooled->offset(image, block, y * M / 2, x * M / 2)
                          : nullptr;
      write_tile(products + c * W, plan_.m_point, operands_.bias + block * W, target);
    }
  }

 private:
  // Of M results of an axis, `left` of which follow without the dilation. Phases differ by one: the
  // last tile of some may lie outside.
  static std::int64_t results_inside(std::int64_t left, std::int64_t dilation) {
    if (dilation > 1) left = left > 0 ? divided_up(left, dilation) : 0;
    return left < M ? left : M;
  }

  using Write = void (*)(const float*, std::int64_t, const float*, const TileTarget&);

  const WinogradPlan& plan_;
  const F32Operands& operands_;
  Write whole_;
};

}  // namespace u2net::kernels::U2NET_ISA
