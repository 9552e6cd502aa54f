// SPDX-License-Identifier: Apache-2.0
// The direct convolution of many channels to many: sources and dst in blocks of W channels.
//   dst[oc][y][x] = sum over ic, ky, kx of u[oc][ic][ky][kx] *
//                   src[ic][y * stride_h - pad_top + ky * dilation_h][... x alike]
// Seen along a row of dst it is, for every tap of the filter and every block of input channels, a
// matrix product: N pixels times C * W output channels, summed over W input channels. The sums stay
// in registers (MatrixTile: N * C vectors) from the first tap to the last; every step loads C
// vectors of filters, which all N pixels share, and broadcasts N samples, which C vectors share: C
// * N multiplications for C + N loads. So that the loads run straight on, filters are packed in the
// order of the loops,
//   u[group][ic / W][ky][kx][ic % W][C * W]     a group: C vectors of output channels, C = 1 or 2
// and the samples of a block of channels lie side by side anyway. With blocks there is no code for
// borders: samples outside of src are zeros of its halo. A task is a few rows of one group, whose
// filters stay in the second-level cache while the rows go by.
//
// Several groups of channels work where each is whole blocks: a group of filters then reads the
// blocks of its own group alone.
#pragma once

#include "kernels/conv2d/direct/direct.h"
#ifdef U2NET_ISA
#include "kernels/conv2d/direct/rows-inl.h"
#endif

namespace u2net::kernels {

// The samples of one source that one row of results reads, first row of the filter, first pixel.
struct SourceRow {
  const float* data;
  std::int64_t blocks, plane, row;  // blocks of channels; strides
};

struct BlockedConv {
  static constexpr std::string_view kName = "blocked";
  static constexpr bool kReadsBlocks = true, kWritesBlocks = true;

  static const char* unsupported(const ConvProblem& problem, int width) {
    const bool whole = has_whole_inputs(problem, width) && has_whole_outputs(problem.params, width);
    return whole ? nullptr : "groups that are not whole vectors";
  }
  static double work(const Conv2dParams&, int, const DirectWork& work) {
    return work.products() * 1.15;
  }
  static void divide(DirectPlan& plan) {
    const Conv2dParams& p = plan.conv.params;
    plan.group_vectors = direct_group_vectors(p, plan.width);
    const std::int64_t row = std::int64_t{plan.group_vectors} * plan.width;
    plan.groups = p.groups * divided_up(p.oc / p.groups, row);
    plan.filter_floats = plan.taps() * row * (plan.source_blocks * plan.width);
    constexpr std::int64_t kRowFloats = sizeof(SourceRow) / sizeof(float), kLine = 16;
    plan.tap_floats =
        rounded_up(static_cast<std::int64_t>(plan.conv.sources.size()) * kRowFloats, kLine);
  }
  static std::int64_t place(const DirectPlan& plan, const WeightIndex& i) {
    const std::int64_t w = plan.width, row = w * plan.group_vectors;
    return i.oc / row * plan.filter_floats +
           ((i.ic / w * plan.taps() + i.tap) * w + i.ic % w) * row + i.oc % row;
  }
  static constexpr DirectForm describe() { return describe_direct<BlockedConv>(); }
};

}  // namespace u2net::kernels

#ifdef U2NET_ISA
namespace u2net::kernels::U2NET_ISA {

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

template <>
struct FormCode<BlockedConv> {
  template <int W, int N>
  static void run(const ConvPlan& any, const ConvOperands& operands, ThreadPool& pool) {
    using Run = void (*)(const DirectPlan&, const ConvOperands&, const DirectTask&, SourceRow*,
                         std::make_integer_sequence<int, N>);
    constexpr Run kRun[2][2] = {{run_blocked_task<W, 1, 0>, run_blocked_task<W, 1, 1>},
                                {run_blocked_task<W, 2, 0>, run_blocked_task<W, 2, 1>}};
    const auto& plan = static_cast<const DirectPlan&>(any);
    const Run run = kRun[plan.group_vectors - 1][plan.conv.params.stride_w == 1 ? 1 : 0];
    for_each_direct_task(plan, pool, [&](const DirectTask& task, int worker) {
      auto* rows = reinterpret_cast<SourceRow*>(operands.scratch + worker * plan.tap_floats);
      run(plan, operands, task, rows, {});
    });
  }
};

}  // namespace u2net::kernels::U2NET_ISA
#endif
