// SPDX-License-Identifier: Apache-2.0
// The direct convolution of many channels to a few, as at the end of a network: sources in blocks
// of W channels, dst plane by plane. A vector holds the input channels of a block; a result is the
// sum of vectors of products, whose elements are added up at the very end, pair by pair.
//   dst[oc][y][x] = sum of the elements of [ sum over ic / W, ky, kx of u[...][W] * src[...][W] ]
//   u[oc][ic / W][ky][kx][W]
// 8 pixels are summed together: a vector of filters serves eight times, and their chains of sums
// hide each other's latency. Nothing is broadcast and no lane is idle but those of filling
// channels, while blocked.h would compute W output channels where one is wanted. Whole sources pass
// through once, a row at a time through all of their blocks: more streams than the hardware
// follows, so that the rows that come next are prefetched by hand.
#pragma once

#include "kernels/conv2d/direct/direct.h"
#ifdef U2NET_ISA
#include "kernels/conv2d/direct/rows-inl.h"
#endif

namespace u2net::kernels {

struct PlanarResultConv {
  static constexpr std::string_view kName = "planar_result";
  static constexpr bool kReadsBlocks = true, kWritesBlocks = false;

  static const char* unsupported(const ConvProblem& problem, int) {
    return problem.params.groups == 1 ? nullptr : "groups";
  }
  static DirectTerms terms_of(const DirectWork& work) {
    const Conv2dParams& p = work.params();
    const double oc = static_cast<double>(p.oc), taps = work.taps() * work.source_vectors;
    // Of 8 pixels, and at the end of a row of one.
    const double pieces = work.oh() * static_cast<double>(p.ow / 8 + p.ow % 8) * oc;
    return {work.oh() * work.ow() * taps * oc, pieces * taps, pieces};
  }
  static void divide(DirectPlan& plan) {
    plan.groups = plan.conv.params.oc;
    plan.filter_floats = plan.taps() * (plan.source_blocks * plan.width);
  }
  static std::int64_t place(const DirectPlan& plan, const WeightIndex& i) {
    const std::int64_t w = plan.width;
    return i.oc * plan.filter_floats + (i.ic / w * plan.taps() + i.tap) * w + i.ic % w;
  }
  static constexpr DirectForm describe() { return describe_direct<PlanarResultConv>(); }
};

}  // namespace u2net::kernels

#ifdef U2NET_ISA
namespace u2net::kernels::U2NET_ISA {

// N results of one output channel.
template <int W, int N>
U2NET_INLINE void reduced_pixels(const DirectPlan& plan, const F32Operands& operands,
                                 std::int64_t image, std::int64_t y, std::int64_t x, const float* u,
                                 Vec<W> (&sums)[N]) {
  const FusedConv2d& p = plan.conv;
  const Conv2dParams& c = p.params;
  for (int t = 0; t < N; ++t) sums[t] = Vec<W>{};
  for (std::size_t s = 0; s < p.sources.size(); ++s) {
    const ImageLayout& l = p.sources[s].layout;
    const float* in = operands.source(s) +
                      l.offset(image, 0, y * c.stride_h - c.pad_top, x * c.stride_w - c.pad_left);
    // The row that the next row of results reads first: too many streams for the hardware to
    // follow.
    const std::int64_t next_row =
        (c.kh - 1) * c.dilation_h * l.row_stride() + c.stride_h * l.row_stride();
    for (std::int64_t b = 0; b < l.channel_blocks(); ++b, in += l.plane_stride()) {
      for (int i = 0; i < N * W; i += 16) prefetch(in + next_row + i * c.stride_w);
      for (std::int64_t ky = 0; ky < c.kh; ++ky) {
        const float* row = in + ky * c.dilation_h * l.row_stride();
        for (std::int64_t kx = 0; kx < c.kw; ++kx, u += W) {
          const float* sample = row + kx * c.dilation_w * W;
          const Vec<W> weight = load<W>(u);
          for (int t = 0; t < N; ++t)
            sums[t] = madd<W>(load<W>(sample + t * c.stride_w * W), weight, sums[t]);
        }
      }
    }
  }
}

template <int W, int N>
void planar_result_row(const DirectPlan& plan, const F32Operands& operands, std::int64_t image,
                       std::int64_t channel, std::int64_t y) {
  const FusedConv2d& p = plan.conv;
  float* out = operands.dst + p.dst.offset(image, channel, y, 0);
  const float* residual =
      p.residual ? operands.residual + p.residual->offset(image, channel, y, 0) : nullptr;
  const float* u = operands.weights + channel * plan.filter_floats;
  const float bias = operands.bias[channel];
  const auto piece = [&]<int Count>(std::int64_t x, std::integral_constant<int, Count>)
      __attribute__((always_inline)) {
    Vec<W> sums[Count];
    reduced_pixels<W, Count>(plan, operands, image, y, x, u, sums);
    alignas(64) float values[rounded_up(Count, W)];
    for (int t = 0; t < Count; ++t) values[t] = sum<W>(sums[t]) + bias;
    finish_plane<W>(plan, Count, residual ? residual + x : nullptr, values, out + x);
  };
  std::int64_t x = 0;
  for (; x + N <= p.dst.w; x += N) piece(x, std::integral_constant<int, N>{});
  for (; x < p.dst.w; ++x) piece(x, std::integral_constant<int, 1>{});
}

template <>
struct FormCode<PlanarResultConv> {
  template <int W, int N>
  static void run(const ConvPlan& any_plan, const ConvOperands& any_operands, ThreadPool& pool) {
    const auto& plan = static_cast<const DirectPlan&>(any_plan);
    const F32Operands operands(any_operands);
    const ImageLayout& dst = plan.conv.dst;
    pool.parallel_for(dst.n * dst.h * dst.c, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        planar_result_row<W, 8>(plan, operands, i / dst.c / dst.h, i % dst.c, i / dst.c % dst.h);
      }
    });
  }
};

}  // namespace u2net::kernels::U2NET_ISA
#endif
