// SPDX-License-Identifier: Apache-2.0
// The convolution in groups of a few channels, several of which share a vector: 4 or 8 channels a
// group, as in ResNeXt, or some filters for each channel.
//   dst[oc][y][x] = sum over i, ky, kx of u[oc][i][ky][kx] * src[group(oc) * I + i][... y][... x]
// with I input channels a group and O = I, 2 I, ... output channels a group, O of which fill a
// vector of W some times over. Sources and dst lie in blocks of W channels: W / O groups to a
// vector of dst. What a lane needs is one channel of the block of its source, the i-th of its own
// group, so that one permutation of a vector of samples serves all lanes at once:
//   sums += permuted(samples, lane -> first channel of the lane's group + i) * u[i]
//   u[oc / W][ky][i][kx][W]
// No lane is idle and no weight is a zero, where blocks that treat all W channels of a block as one
// group would make W / I times as many multiplications. 8 pixels are summed together. A permutation
// costs as much as a multiplication; for the commonest filter, 3 wide at stride 1, a permuted
// sample is used for all three pixels of dst that it belongs to, so that they cost a third of that.
#pragma once

#include "kernels/conv2d/direct/direct.h"
#ifdef U2NET_ISA
#include "kernels/conv2d/direct/rows-inl.h"
#endif

namespace u2net::kernels {

struct GroupedConv {
  static constexpr std::string_view kName = "grouped";
  static constexpr int kPixels = 8;  // that are summed together
  static constexpr bool kReadsBlocks = true, kWritesBlocks = true;
  static constexpr bool kActivatesRows = true;

  static const char* unsupported(const ConvProblem& problem, int width) {
    const Conv2dParams& p = problem.params;
    if (p.groups == 1) return "no groups";
    if (problem.source_channels.size() != 1) return "several sources";
    const std::int64_t group_ic = p.ic / p.groups, group_oc = p.oc / p.groups;
    const bool shares = width % group_oc == 0 && group_oc % group_ic == 0;
    return shares ? nullptr : "groups that do not share vectors evenly";
  }
  static DirectTerms terms_of(const DirectWork& work) {
    const Conv2dParams& p = work.params();
    const double group_ic = static_cast<double>(p.ic / p.groups);
    const double blocks = work.result_vectors(), pieces = work.pieces(kPixels) * blocks;
    const double products = work.oh() * work.ow() * work.taps() * group_ic * blocks;
    // Permutations of samples.
    const bool permutes_once = p.kw == 3 && p.stride_w == 1 && p.dilation_w == 1;
    const double permutations =
        (work.oh() * work.ow() * blocks + 2 * pieces) * static_cast<double>(p.kh) * group_ic;
    return {products, permutes_once ? permutations : products, pieces};
  }
  static void divide(DirectPlan& plan) {
    plan.groups = divided_up(plan.conv.params.oc, plan.width);
    plan.filter_floats = plan.taps() * plan.group_ic() * plan.width;
  }
  static std::int64_t place(const DirectPlan& plan, const WeightIndex& i) {
    const std::int64_t w = plan.width, kw = plan.conv.params.kw;
    const std::int64_t row = i.tap / kw * plan.group_ic() + i.ic;
    return i.oc / w * plan.filter_floats + (row * kw + i.tap % kw) * w + i.oc % w;
  }
  static constexpr DirectForm describe() { return describe_direct<GroupedConv>(); }
};

}  // namespace u2net::kernels

#ifdef U2NET_ISA
namespace u2net::kernels::U2NET_ISA {

// What the pieces of a row have in common. A lane's first channel: its place in the source's block.
template <int W>
struct GroupedRow {
  const Conv2dParams* params;
  std::int64_t row;  // of src, from one to the next
  Lanes<W> first;
};

// N pixels of one vector of channels. IsThree: filters 3 wide, stride and dilation 1.
template <int W, bool IsThree, int N>
__attribute__((noinline)) void grouped_piece(const GroupedRow<W>& common, const float* src,
                                             const float* u, const float* bias,
                                             const RowTarget& target) {
  const Conv2dParams& c = *common.params;
  const std::int64_t group_ic = c.ic / c.groups;
  Vec<W> sums[N];
  for (int t = 0; t < N; ++t) sums[t] = load<W>(bias);
  for (std::int64_t ky = 0; ky < c.kh; ++ky) {
    const float* row = src + ky * c.dilation_h * common.row;
    for (int i = 0; i < group_ic; ++i) {
      const Lanes<W> lanes = common.first + i;
      if constexpr (IsThree) {
        add_samples<W, 3, N>(
            [&](int sample) __attribute__((always_inline)) {
              return permuted<W>(load<W>(row + sample * W), lanes);
            },
            u, sums);
        u += 3 * W;
      } else {
        for (std::int64_t kx = 0; kx < c.kw; ++kx, u += W) {
          const float* in = row + kx * c.dilation_w * W;
          const Vec<W> weight = load<W>(u);
          for (int t = 0; t < N; ++t)
            sums[t] =
                madd<W>(permuted<W>(load<W>(in + t * c.stride_w * W), lanes), weight, sums[t]);
        }
      }
    }
  }
  write_vectors<W, N>(sums, target);
}

// grouped_piece() of 1 to N pixels.
template <int W>
using GroupedPiece = void (*)(const GroupedRow<W>&, const float*, const float*, const float*,
                              const RowTarget&);
template <int W, bool IsThree, int... N>
constexpr std::array<GroupedPiece<W>, sizeof...(N)> grouped_pieces_of(
    std::integer_sequence<int, N...>) {
  return {grouped_piece<W, kind_of_piece(IsThree, false, N + 1, sizeof...(N)), N + 1>...};
}
template <int W, bool IsThree>
inline constexpr auto kGroupedPieces =
    grouped_pieces_of<W, IsThree>(std::make_integer_sequence<int, GroupedConv::kPixels>{});

template <int W>
void grouped_row(const DirectPlan& plan, const F32Operands& operands, const GroupedPiece<W>* pieces,
                 const Lanes<W>& first, std::int64_t image, std::int64_t block, std::int64_t y) {
  const Conv2dParams& c = plan.conv.params;
  const ImageLayout& src = plan.conv.sources[0].layout;
  // A block of the source has the channels of so many of dst.
  const std::int64_t share = c.oc / c.ic;
  const GroupedRow<W> common{&c, src.row_stride(),
                             first + static_cast<int>(block % share * (W / share))};
  const float* in = operands.source(0) +
                    src.offset(image, block / share, y * c.stride_h - c.pad_top, -c.pad_left);
  const float* u = operands.weights + block * plan.filter_floats;
  for_each_piece<W, GroupedConv::kPixels>(
      plan.conv.dst.w, row_target(plan, operands, image, block, y),
      [&](std::int64_t n, std::int64_t x, const RowTarget& target) {
        pieces[n - 1](common, in + x * c.stride_w * W, u, operands.bias + block * W, target);
      });
}

template <>
struct FormCode<GroupedConv> {
  template <int W, int N>
  static void run(const ConvPlan& any_plan, const ConvOperands& any_operands, ThreadPool& pool) {
    const auto& plan = static_cast<const DirectPlan&>(any_plan);
    const Conv2dParams& c = plan.conv.params;
    const F32Operands operands(any_operands);
    Lanes<W> first{};
    for (int lane = 0; lane < W; ++lane)
      first[lane] = static_cast<int>(lane / (c.oc / c.groups) * (c.ic / c.groups));
    const bool is_three = c.kw == 3 && c.stride_w == 1 && c.dilation_w == 1;
    const GroupedPiece<W>* pieces =
        is_three ? kGroupedPieces<W, true>.data() : kGroupedPieces<W, false>.data();
    for_each_block_row<W>(plan, operands, pool,
                          [&](std::int64_t image, std::int64_t block, std::int64_t y) {
                            grouped_row<W>(plan, operands, pieces, first, image, block, y);
                          });
  }
};

}  // namespace u2net::kernels::U2NET_ISA
#endif
