// SPDX-License-Identifier: Apache-2.0
// direct.h, the forms with blocked results of many input channels: N pixels times C vectors of
// output channels in registers.
#pragma once

#include "kernels/conv2d/direct.h"
#include "kernels/conv2d/matrix_tile-inl.h"

namespace u2net::kernels::U2NET_ISA {

// Where a piece of a row of one group of output channels goes, from its first pixel on.
struct RowTarget {
  float* dst;
  const float* residual;                   // null for none
  std::int64_t dst_plane, residual_plane;  // from one vector of channels to the next
  bool relu, relu_after_residual, stream;
};

template <int W, int N, int C>
U2NET_INLINE void write_pixels(MatrixTile<W, N, C>& tile, const RowTarget& target) {
  // One thing after the other: all of it vector by vector would be four times the code.
  const auto clamp = [&](auto t, auto c) __attribute__((always_inline)) {
    tile.sums[t][c] = relu<W>(tile.sums[t][c]);
  };
  if (target.relu) tile.each(clamp);
  if (target.residual) {
    tile.each([&](auto t, auto c) __attribute__((always_inline)) {
      tile.sums[t][c] += load<W>(target.residual + c * target.residual_plane + t * W);
    });
  }
  if (target.relu_after_residual) tile.each(clamp);
  if (target.stream) {
    tile.each([&](auto t, auto c) __attribute__((always_inline)) {
      stream<W>(target.dst + c * target.dst_plane + t * W, tile.sums[t][c]);
    });
  } else {
    tile.each([&](auto t, auto c) __attribute__((always_inline)) {
      store<W>(target.dst + c * target.dst_plane + t * W, tile.sums[t][c]);
    });
  }
}

struct FilterShape {
  std::int64_t kh, kw, dilation_h, dilation_w, stride_w;
};

// Stride: of the pixels, in pixels; 0 for one known at run time alone.
template <int W, int C, int Stride, int N>
__attribute__((noinline)) void blocked_pixels(const FilterShape& f, const SourceRow* sources,
                                              std::int64_t count, std::int64_t x, const float* u,
                                              const float* bias, const RowTarget& target) {
  const std::int64_t pixel = Stride ? Stride * W : f.stride_w * W;
  MatrixTile<W, N, C> tile;
  tile.set(bias);
  for (std::int64_t s = 0; s < count; ++s) {
    for (std::int64_t b = 0; b < sources[s].blocks; ++b) {
      const float* plane = sources[s].data + b * sources[s].plane + x * pixel;
      for (std::int64_t ky = 0; ky < f.kh; ++ky) {
        const float* row = plane + ky * f.dilation_h * sources[s].row;
        for (std::int64_t kx = 0; kx < f.kw; ++kx) {
          tile.chunk(u, row + kx * f.dilation_w * W, Stride ? Stride * W : pixel);
          u += W * C * W;
        }
      }
    }
  }
  write_pixels<W, N, C>(tile, target);
}

// taps: the address of every sample of the first pixel, in the order of u.
template <int W, int C, int N>
__attribute__((noinline)) void planar_source_pixels(const float* const* taps, std::int64_t count,
                                                    std::int64_t x, std::int64_t stride,
                                                    const float* u, const float* bias,
                                                    const RowTarget& target) {
  MatrixTile<W, N, C> tile;
  tile.set(bias);
  for (std::int64_t k = 0; k < count; ++k) {
    tile.step(u, taps[k] + x * stride, stride);
    u += C * W;
  }
  write_pixels<W, N, C>(tile, target);
}

inline RowTarget row_target(const DirectPlan& plan, const ConvOperands& operands,
                            std::int64_t image, std::int64_t group, std::int64_t y) {
  const FusedConv2d& p = plan.conv;
  const std::int64_t block = group * plan.group_vectors;
  return {operands.dst + p.dst.offset(image, block, y, 0),
          p.residual ? operands.residual + p.residual->offset(image, block, y, 0) : nullptr,
          p.dst.plane_stride(),
          p.residual ? p.residual->plane_stride() : 0,
          p.relu,
          p.relu_after_residual,
          plan.stream};
}

// Calls pixels(count, x, target) on the pieces of a row: N pixels each, or one less where that
// evens out the last one.
template <int W, int N, class Pixels>
U2NET_INLINE void for_each_piece(std::int64_t width, RowTarget target, Pixels&& pixels) {
  const std::int64_t pieces = divided_up(width, N), size = width / pieces, longer = width % pieces;
  for (std::int64_t i = 0, x = 0; i < pieces; ++i) {
    const std::int64_t count = size + (i < longer ? 1 : 0);
    pixels(count, x, target);
    x += count;
    target.dst += count * W;
    if (target.residual) target.residual += count * W;
  }
}

// One task: the rows of one group of output channels of one image.
struct DirectTask {
  std::int64_t image, group, first_row, last_row;
};

// Calls run(task, worker) for all tasks of a plan.
template <class Run>
void for_each_direct_task(const DirectPlan& plan, ThreadPool& pool, const Run& run) {
  const ImageLayout& dst = plan.conv.dst;
  const std::int64_t rows = direct_task_rows(plan, pool.threads());
  const std::int64_t blocks = divided_up(dst.h, rows);  // of rows, of an image
  pool.for_each_task(dst.n * blocks * plan.groups, [&](std::int64_t index, int worker) {
    const std::int64_t group = index % plan.groups, rest = index / plan.groups;
    const std::int64_t first = rest % blocks * rows, last = first + rows;
    run(DirectTask{rest / blocks, group, first, last < dst.h ? last : dst.h}, worker);
    if (plan.stream) store_fence();
  });
}

template <int W, int C, int Stride, int... N>
void run_blocked_task(const DirectPlan& plan, const ConvOperands& operands, const DirectTask& task,
                      SourceRow* rows, std::integer_sequence<int, N...>) {
  using Pixels = void (*)(const FilterShape&, const SourceRow*, std::int64_t, std::int64_t,
                          const float*, const float*, const RowTarget&);
  static constexpr Pixels kPixels[] = {blocked_pixels<W, C, Stride, N + 1>...};
  const FusedConv2d& p = plan.conv;
  const Conv2dParams& c = p.params;
  const FilterShape filter{c.kh, c.kw, c.dilation_h, c.dilation_w, c.stride_w};
  const std::int64_t count = static_cast<std::int64_t>(p.sources.size());
  // With several groups there is one source, of which a group reads its own blocks.
  const std::int64_t first_block =
      c.groups == 1 ? 0 : task.group * c.groups / plan.groups * plan.source_blocks;
  const float* u = operands.weights + task.group * plan.filter_floats;
  const float* bias = operands.bias + task.group * C * W;
  for (std::int64_t y = task.first_row; y < task.last_row; ++y) {
    for (std::int64_t s = 0; s < count; ++s) {
      const ImageLayout& l = p.sources[s].layout;
      const std::int64_t at =
          l.offset(task.image, first_block, y * c.stride_h - c.pad_top, -c.pad_left);
      rows[s] = {operands.sources[s] + at, c.groups == 1 ? l.channel_blocks() : plan.source_blocks,
                 l.plane_stride(), l.row_stride()};
    }
    for_each_piece<W, sizeof...(N)>(p.dst.w, row_target(plan, operands, task.image, task.group, y),
                                    [&](std::int64_t n, std::int64_t x, const RowTarget& target) {
                                      kPixels[n - 1](filter, rows, count, x, u, bias, target);
                                    });
  }
}

template <int W, int N>
void run_blocked(const DirectPlan& plan, const ConvOperands& operands, ThreadPool& pool) {
  using Run = void (*)(const DirectPlan&, const ConvOperands&, const DirectTask&, SourceRow*,
                       std::make_integer_sequence<int, N>);
  constexpr Run kRun[2][2] = {{run_blocked_task<W, 1, 0>, run_blocked_task<W, 1, 1>},
                              {run_blocked_task<W, 2, 0>, run_blocked_task<W, 2, 1>}};
  const Run run = kRun[plan.group_vectors - 1][plan.conv.params.stride_w == 1 ? 1 : 0];
  for_each_direct_task(plan, pool, [&](const DirectTask& task, int worker) {
    auto* rows = reinterpret_cast<SourceRow*>(operands.scratch + worker * plan.tap_floats);
    run(plan, operands, task, rows, {});
  });
}

template <int W, int C, int... N>
void run_planar_source_task(const DirectPlan& plan, const ConvOperands& operands,
                            const DirectTask& task, const float** taps,
                            std::integer_sequence<int, N...>) {
  using Pixels = void (*)(const float* const*, std::int64_t, std::int64_t, std::int64_t,
                          const float*, const float*, const RowTarget&);
  static constexpr Pixels kPixels[] = {planar_source_pixels<W, C, N + 1>...};
  const FusedConv2d& p = plan.conv;
  const Conv2dParams& c = p.params;
  const std::int64_t group_ic = c.ic / c.groups,
                     first = task.group * c.groups / plan.groups * group_ic;
  const float* u = operands.weights + task.group * plan.filter_floats;
  const float* bias = operands.bias + task.group * C * W;
  for (std::int64_t y = task.first_row; y < task.last_row; ++y) {
    std::int64_t count = 0, channel = 0;
    for (std::size_t s = 0; s < p.sources.size(); ++s) {
      const ImageLayout& l = p.sources[s].layout;
      for (std::int64_t i = 0; i < l.c; ++i, ++channel) {
        if (channel < first || channel >= first + group_ic) continue;
        for (std::int64_t ky = 0; ky < c.kh; ++ky) {
          for (std::int64_t kx = 0; kx < c.kw; ++kx) {
            taps[count++] = operands.sources[s] +
                            l.offset(task.image, i, y * c.stride_h - c.pad_top + ky * c.dilation_h,
                                     kx * c.dilation_w - c.pad_left);
          }
        }
      }
    }
    for_each_piece<W, sizeof...(N)>(p.dst.w, row_target(plan, operands, task.image, task.group, y),
                                    [&](std::int64_t n, std::int64_t x, const RowTarget& target) {
                                      kPixels[n - 1](taps, count, x, c.stride_w, u, bias, target);
                                    });
  }
}

template <int W, int N>
void run_planar_source(const DirectPlan& plan, const ConvOperands& operands, ThreadPool& pool) {
  using Run = void (*)(const DirectPlan&, const ConvOperands&, const DirectTask&, const float**,
                       std::make_integer_sequence<int, N>);
  constexpr Run kRun[2] = {run_planar_source_task<W, 1>, run_planar_source_task<W, 2>};
  const Run run = kRun[plan.group_vectors - 1];
  for_each_direct_task(plan, pool, [&](const DirectTask& task, int worker) {
    auto** taps = reinterpret_cast<const float**>(operands.scratch + worker * plan.tap_floats);
    run(plan, operands, task, taps, {});
  });
}

}  // namespace u2net::kernels::U2NET_ISA
