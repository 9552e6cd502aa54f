// SPDX-License-Identifier: Apache-2.0
// The convolution that has a filter of its own for every channel: as many groups as channels.
//   dst[c][y][x] = sum over ky, kx of u[c][ky][kx] * src[c][... y, ky][... x, kx]
// Sources and dst in blocks of W channels, a vector holds those of a block: filters and samples
// meet element by element, and nothing is broadcast. Up to 8 pixels are summed together (rows are
// cut evenly: 14 pixels are 7 and 7), so that a vector of filters serves eight times and the chains
// of sums hide each other's latency. For filters 3 and 5 wide at stride 1, a sample is loaded once
// a row of the filter, for all of the pixels that it belongs to.
//   u[c / W][ky][kx][W]
// With one product a sample loaded it is bound by the caches, not by arithmetic.
#pragma once

#include "kernels/conv2d/direct/direct.h"
#ifdef U2NET_ISA
#include "kernels/conv2d/direct/rows-inl.h"
#endif

namespace u2net::kernels {

struct DepthwiseConv {
  static constexpr std::string_view kName = "depthwise";
  static constexpr int kPixels = 8;  // that are summed together
  static constexpr bool kReadsBlocks = true, kWritesBlocks = true;
  static constexpr bool kActivatesRows = true;

  static const char* unsupported(const ConvProblem& problem, int) {
    const Conv2dParams& p = problem.params;
    return p.groups == p.ic && p.groups == p.oc && p.groups > 1 &&
                   problem.source_channels.size() == 1
               ? nullptr
               : "not a filter a channel";
  }
  static DirectTerms terms_of(const DirectWork& work) {
    const Conv2dParams& p = work.params();
    const double blocks = work.result_vectors(), pieces = work.pieces(kPixels) * blocks;
    const double products = work.oh() * work.ow() * work.taps() * blocks;
    // Loads of samples.
    const bool loads_once = p.stride_w == 1 && p.dilation_w == 1 && (p.kw == 3 || p.kw == 5);
    const double kh = static_cast<double>(p.kh), kw = static_cast<double>(p.kw);
    const double loads = (work.oh() * work.ow() * blocks + pieces * (kw - 1)) * kh;
    return {products, loads_once ? loads : products, pieces};
  }
  static void divide(DirectPlan& plan) {
    plan.groups = divided_up(plan.conv.params.oc, plan.width);
    plan.filter_floats = plan.taps() * plan.width;
  }
  static std::int64_t place(const DirectPlan& plan, const WeightIndex& i) {
    const std::int64_t w = plan.width;
    return i.oc / w * plan.filter_floats + i.tap * w + i.oc % w;
  }
  static constexpr DirectForm describe() { return describe_direct<DepthwiseConv>(); }
};

}  // namespace u2net::kernels

#ifdef U2NET_ISA
namespace u2net::kernels::U2NET_ISA {

// N pixels of one block of channels, each channel with its own filter. K: its width, for a stride
// and dilation of 1; or 0.
template <int W, int K, int N>
__attribute__((noinline)) void depthwise_piece(const Conv2dParams& c, const float* src,
                                               std::int64_t row, const float* u, const float* bias,
                                               const RowTarget& target) {
  Vec<W> sums[N];
  for (int t = 0; t < N; ++t) sums[t] = load<W>(bias);
  for (std::int64_t ky = 0; ky < c.kh; ++ky, src += c.dilation_h * row) {
    if constexpr (K > 0) {
      add_samples<W, K, N>(
          [&](int sample) __attribute__((always_inline)) { return load<W>(src + sample * W); }, u,
          sums);
      u += K * W;
    } else {
      for (std::int64_t kx = 0; kx < c.kw; ++kx, u += W) {
        const float* in = src + kx * c.dilation_w * W;
        const Vec<W> weight = load<W>(u);
        for (int t = 0; t < N; ++t)
          sums[t] = madd<W>(load<W>(in + t * c.stride_w * W), weight, sums[t]);
      }
    }
  }
  write_vectors<W, N>(sums, target);
}

// depthwise_piece() of 1 to N pixels.
using DepthwisePiece = void (*)(const Conv2dParams&, const float*, std::int64_t, const float*,
                                const float*, const RowTarget&);
template <int W, int K, int... N>
constexpr std::array<DepthwisePiece, sizeof...(N)> depthwise_pieces_of(
    std::integer_sequence<int, N...>) {
  return {depthwise_piece<W, kind_of_piece(K, 0, N + 1, sizeof...(N)), N + 1>...};
}
template <int W, int K>
inline constexpr auto kDepthwisePieces =
    depthwise_pieces_of<W, K>(std::make_integer_sequence<int, DepthwiseConv::kPixels>{});

template <int W>
void depthwise_row(const DirectPlan& plan, const F32Operands& operands,
                   const DepthwisePiece* pieces, std::int64_t image, std::int64_t block,
                   std::int64_t y) {
  const Conv2dParams& c = plan.conv.params;
  const ImageLayout& src = plan.conv.sources[0].layout;
  const float* in =
      operands.source(0) + src.offset(image, block, y * c.stride_h - c.pad_top, -c.pad_left);
  const float* u = operands.weights + block * plan.filter_floats;
  for_each_piece<W, DepthwiseConv::kPixels>(
      plan.conv.dst.w, row_target(plan, operands, image, block, y),
      [&](std::int64_t n, std::int64_t x, const RowTarget& target) {
        pieces[n - 1](c, in + x * c.stride_w * W, src.row_stride(), u, operands.bias + block * W,
                      target);
      });
}

template <>
struct FormCode<DepthwiseConv> {
  template <int W, int N>
  static void run(const ConvPlan& any_plan, const ConvOperands& any_operands, ThreadPool& pool) {
    const auto& plan = static_cast<const DirectPlan&>(any_plan);
    const Conv2dParams& c = plan.conv.params;
    const F32Operands operands(any_operands);
    const DepthwisePiece* pieces = kDepthwisePieces<W, 0>.data();
    if (c.stride_w == 1 && c.dilation_w == 1) {
      if (c.kw == 3) pieces = kDepthwisePieces<W, 3>.data();
      if (c.kw == 5) pieces = kDepthwisePieces<W, 5>.data();
    }
    for_each_block_row<W>(plan, operands, pool,
                          [&](std::int64_t image, std::int64_t block, std::int64_t y) {
                            depthwise_row<W>(plan, operands, pieces, image, block, y);
                          });
  }
};

}  // namespace u2net::kernels::U2NET_ISA
#endif
