// SPDX-License-Identifier: Apache-2.0
// The direct convolution of what the other forms cannot do, a few channels to a few, or groups of
// any size: sources and dst plane by plane. A vector holds W pixels that lie side by side in a row
// of dst; one weight is broadcast to all of them, and with a stride of 1 their samples are one load
// from any address.
//   dst[oc][y][x ...] = sum over ic, ky, kx of u[oc][ic][ky][kx] * src[ic][...][x ... ]
// 4 vectors are summed together, then single ones, then at the end of a row vectors of 4 and single
// pixels. With other strides the samples of a vector are gathered one by one, which costs W times
// as much.
// Filters are used as they are. Samples outside of src are zeros of its halo.
#pragma once

#include <algorithm>

#include "kernels/conv2d/direct/direct.h"
#ifdef U2NET_ISA
#include "kernels/conv2d/direct/rows-inl.h"
#endif

namespace u2net::kernels {

struct PlanarConv {
  static constexpr std::string_view kName = "planar";
  static constexpr bool kReadsBlocks = false, kWritesBlocks = false;

  static const char* unsupported(const ConvProblem&, int) { return nullptr; }
  static DirectTerms terms_of(const DirectWork& work) {
    const Conv2dParams& p = work.params();
    const std::int64_t width = work.code.width, rest = p.ow % width;
    // Whole vectors, those of 4 and single pixels.
    const double vectors = work.oh() * static_cast<double>(p.oc) *
                           static_cast<double>(p.ow / width + rest / 4 + rest % 4);
    const double products = vectors * work.taps() * work.group_ic;
    // Samples that are loaded one by one.
    const double gathered =
        work.oh() * work.ow() * static_cast<double>(p.oc) * work.taps() * work.group_ic;
    return {products, p.stride_w == 1 ? 0 : gathered, vectors};
  }
  static void divide(DirectPlan& plan) {
    plan.groups = plan.conv.params.oc;
    plan.filter_floats = plan.taps() * plan.group_ic();
  }
  static std::int64_t place(const DirectPlan& plan, const WeightIndex& i) {
    return i.oc * plan.filter_floats + i.ic * plan.taps() + i.tap;
  }
  static constexpr DirectForm describe() { return describe_direct<PlanarConv>(); }
};

}  // namespace u2net::kernels

#ifdef U2NET_ISA
namespace u2net::kernels::U2NET_ISA {

template <int W>
__attribute__((noinline)) Vec<W> strided_samples(const float* in, std::int64_t stride) {
  Vec<W> samples{};
  for (int lane = 0; lane < W; ++lane) samples[lane] = in[lane * stride];
  return samples;
}

// `V` vectors of W results next to each other. Whole: the width of vectors.
template <int W, int V, int Whole>
U2NET_INLINE void planar_pixels(const DirectPlan& plan, const F32Operands& operands,
                                std::int64_t image, std::int64_t channel, std::int64_t y,
                                std::int64_t x) {
  const FusedConv2d& p = plan.conv;
  const Conv2dParams& c = p.params;
  const std::int64_t group_ic = c.ic / c.groups, first = channel / (c.oc / c.groups) * group_ic;
  const float* u = operands.weights + channel * plan.filter_floats;
  Vec<W> sums[V];
  for (Vec<W>& s : sums) s = splat<W>(operands.bias[channel]);
  std::int64_t before = 0;  // channels of the sources that came already
  for (std::size_t s = 0; s < p.sources.size(); before += p.sources[s++].layout.c) {
    const ImageLayout& l = p.sources[s].layout;
    const std::int64_t begin = first > before ? first - before : 0,
                       end = first + group_ic - before < l.c ? first + group_ic - before : l.c;
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t ky = 0; ky < c.kh; ++ky) {
        for (std::int64_t kx = 0; kx < c.kw; ++kx, ++u) {
          const float* in = operands.source(s) +
                            l.offset(image, i, y * c.stride_h - c.pad_top + ky * c.dilation_h,
                                     x * c.stride_w - c.pad_left + kx * c.dilation_w);
          const Vec<W> weight = splat<W>(*u);
          for (int v = 0; v < V; ++v) {
            const Vec<W> samples = c.stride_w == 1
                                       ? load_loose<W>(in + v * W)
                                       : strided_samples<W>(in + v * W * c.stride_w, c.stride_w);
            sums[v] = madd<W>(samples, weight, sums[v]);
          }
        }
      }
    }
  }
  const std::int64_t at = p.dst.offset(image, channel, y, x);
  const float* residual =
      p.residual ? operands.residual + p.residual->offset(image, channel, y, x) : nullptr;
  alignas(64) float values[rounded_up(V * W, Whole)];
  for (int v = 0; v < V; ++v) store_loose<W>(values + v * W, sums[v]);
  finish_plane<Whole>(plan, V * W, residual, values, operands.dst + at);
}

template <>
struct FormCode<PlanarConv> {
  template <int W, int N>
  static void run(const ConvPlan& any_plan, const ConvOperands& any_operands, ThreadPool& pool) {
    const auto& plan = static_cast<const DirectPlan&>(any_plan);
    const F32Operands operands(any_operands);
    const ImageLayout& dst = plan.conv.dst;
    pool.parallel_for(dst.n * dst.c * dst.h, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t image = i / dst.h / dst.c, channel = i / dst.h % dst.c, y = i % dst.h;
        std::int64_t x = 0;
        for (; x + 4 * W <= dst.w; x += 4 * W)
          planar_pixels<W, 4, W>(plan, operands, image, channel, y, x);
        for (; x + W <= dst.w; x += W) planar_pixels<W, 1, W>(plan, operands, image, channel, y, x);
        for (; x + 4 <= dst.w; x += 4) planar_pixels<4, 1, W>(plan, operands, image, channel, y, x);
        for (; x < dst.w; ++x) planar_pixels<1, 1, W>(plan, operands, image, channel, y, x);
      }
    });
  }
};

}  // namespace u2net::kernels::U2NET_ISA
#endif
