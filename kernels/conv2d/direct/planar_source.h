// SPDX-License-Identifier: Apache-2.0
// The direct convolution of a few channels to many: sources plane by plane, as pictures come, dst
// in blocks of W channels. The same matrix product as blocked.h, but blocks would be mostly filling
// where a picture has 3 channels: here a step is one input channel at one tap of the filter, for
// which N pixels times C vectors of output channels are updated from C vectors of filters and N
// samples.
//   u[group][ic][ky][kx][C * W]                 a group: C vectors of output channels, C = 1 or 2
// Before a row, the address of every step's first sample is written down once (`taps`), whatever
// sources, filter and dilation are; the inner loop just walks this list. Samples outside of src are
// zeros of its halo. Any number of groups whose output channels are whole vectors.
#pragma once

#include "kernels/conv2d/direct/direct.h"
#ifdef U2NET_ISA
#include "kernels/conv2d/direct/rows-inl.h"
#endif

namespace u2net::kernels {

struct PlanarSourceConv {
  static constexpr std::string_view kName = "planar_source";
  static constexpr bool kReadsBlocks = false, kWritesBlocks = true;
  static constexpr bool kActivatesRows = true;

  static const char* unsupported(const ConvProblem& problem, int width) {
    return has_whole_outputs(problem.params, width) ? nullptr : "groups that are not whole vectors";
  }
  static DirectTerms terms_of(const DirectWork& work) {
    const double group_vectors = direct_group_vectors(work.params(), work.code.width);
    const double groups = std::ceil(work.result_vectors() / group_vectors);
    const double pieces = work.pieces(work.code.tile_rows), taps = work.taps() * work.group_ic;
    return {work.oh() * work.ow() * taps * groups * group_vectors, pieces * taps * groups,
            pieces * groups};
  }
  static void divide(DirectPlan& plan) {
    const Conv2dParams& p = plan.conv.params;
    plan.group_vectors = direct_group_vectors(p, plan.width);
    const std::int64_t row = std::int64_t{plan.group_vectors} * plan.width;
    plan.groups = p.groups * divided_up(p.oc / p.groups, row);
    plan.filter_floats = plan.taps() * row * plan.group_ic();
    constexpr std::int64_t kPointerFloats = sizeof(const float*) / sizeof(float), kLine = 16;
    plan.tap_floats = rounded_up(plan.group_ic() * plan.taps() * kPointerFloats, kLine);
  }
  static std::int64_t place(const DirectPlan& plan, const WeightIndex& i) {
    const std::int64_t row = std::int64_t{plan.width} * plan.group_vectors;
    return i.oc / row * plan.filter_floats + (i.ic * plan.taps() + i.tap) * row + i.oc % row;
  }
  static constexpr DirectForm describe() { return describe_direct<PlanarSourceConv>(); }
};

}  // namespace u2net::kernels

#ifdef U2NET_ISA
namespace u2net::kernels::U2NET_ISA {

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

// Of a piece that is less than half of the longest one the pixels go one by one: rows as short as
// that are too rare for code of their own.
constexpr int planar_source_step(int pixels, int most) { return 2 * pixels < most ? 1 : pixels; }

template <int W, int C, int... N>
void run_planar_source_task(const DirectPlan& plan, const F32Operands& operands,
                            const DirectTask& task, const float** taps,
                            std::integer_sequence<int, N...>) {
  using Pixels = void (*)(const float* const*, std::int64_t, std::int64_t, std::int64_t,
                          const float*, const float*, const RowTarget&);
  constexpr int kMost = sizeof...(N);
  static constexpr Pixels kPixels[] = {
      planar_source_pixels<W, C, planar_source_step(N + 1, kMost)>...};
  const FusedConv2d& p = plan.conv;
  const Conv2dParams& c = p.params;
  const std::int64_t group_ic = plan.group_ic(),
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
            taps[count++] = operands.source(s) +
                            l.offset(task.image, i, y * c.stride_h - c.pad_top + ky * c.dilation_h,
                                     kx * c.dilation_w - c.pad_left);
          }
        }
      }
    }
    for_each_piece<W, kMost>(p.dst.w, row_target(plan, operands, task.image, task.group, y),
                             [&](std::int64_t n, std::int64_t x, RowTarget target) {
                               const int step = planar_source_step(static_cast<int>(n), kMost);
                               for (const std::int64_t end = x + n; x < end;
                                    x += step, target.move(step * W))
                                 kPixels[n - 1](taps, count, x, c.stride_w, u, bias, target);
                             });
    if (plan.activates_later)
      activate_pixels<W>(plan, operands, task.image, task.group * C, C, y * p.dst.w, p.dst.w);
  }
}

template <>
struct FormCode<PlanarSourceConv> {
  template <int W, int N>
  static void run(const ConvPlan& any_plan, const ConvOperands& any_operands, ThreadPool& pool) {
    using Run = void (*)(const DirectPlan&, const F32Operands&, const DirectTask&, const float**,
                         std::make_integer_sequence<int, N>);
    constexpr Run kRun[2] = {run_planar_source_task<W, 1>, run_planar_source_task<W, 2>};
    const auto& plan = static_cast<const DirectPlan&>(any_plan);
    const F32Operands operands(any_operands);
    const Run run = kRun[plan.group_vectors - 1];
    for_each_direct_task<W>(plan, pool, [&](const DirectTask& task, int worker) {
      auto** taps = reinterpret_cast<const float**>(operands.scratch + worker * plan.tap_floats);
      run(plan, operands, task, taps, {});
    });
  }
};

}  // namespace u2net::kernels::U2NET_ISA
#endif
