// SPDX-License-Identifier: Apache-2.0
// What convolutions are asked before they are planned, and their plans, for no images and for the
// largest numbers that a program can contain.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/conv2d/fused_conv2d.h"
#include "tests/kernels/native_conv2d_problem.h"
#include "tests/support/conv_spec.h"

namespace u2net::engine::test {
namespace {

using kernels::Conv2dParams;
using kernels::ConvVariant;

// A depthwise 3x3, which every form can do but planar_result, and winograd of one channel.
Conv2dParams problem(std::int64_t n, std::int64_t channels, std::int64_t h, std::int64_t w) {
  return conv_params({.n = n,
                      .ic = channels,
                      .ih = h,
                      .iw = w,
                      .oc = channels,
                      .kh = 3,
                      .kw = 3,
                      .top = 1,
                      .bottom = 1,
                      .left = 1,
                      .right = 1,
                      .groups = channels});
}

kernels::FusedConv2d fused(const Conv2dParams& p, const kernels::ConvRequirements& required) {
  const auto layout = [&](std::int64_t c, int block, const kernels::Halo& halo) {
    return kernels::ImageLayout::with_halo(p.n, c, p.ih, p.iw, block, halo);
  };
  kernels::FusedConv2d problem;
  problem.params = p;
  problem.sources = {{layout(p.ic, required.source_block, required.source_halo), false}};
  problem.dst = layout(p.oc, required.dst_block, {});
  return problem;
}

TEST(ConvLimits, FormulasHold) {
  constexpr std::int64_t kMost = std::int64_t{1} << 34;  // elements of a tensor
  const Conv2dParams problems[] = {problem(0, 1, 8, 8),     problem(0, 64, 1, 1),
                                   problem(kMost, 1, 1, 1), problem(1, 1 << 28, 8, 8),
                                   problem(1, 1, kMost, 1), problem(1, 1, 1, kMost)};
  for (const ConvVariant* variant : all_variants()) {
    for (const Conv2dParams& p : problems) {
      const kernels::ConvProblem conv_problem{.params = p, .source_channels = {p.ic}};
      if (!variant->unsupported_reason(conv_problem).empty()) continue;
      const double cost = variant->cost(conv_problem);
      EXPECT_TRUE(std::isfinite(cost) && cost >= 0) << variant->name() << " " << cost;
      EXPECT_GT(variant->packed_bytes(conv_problem), 0) << variant->name();
      const kernels::ConvRequirements required = variant->requirements(p);
      EXPECT_GE(required.source_halo.bottom, 0);
      const auto kernel = variant->plan(fused(p, required), {.caches = kernels::cache_sizes()});
      EXPECT_LT(kernel->scratch_floats(), std::size_t{1} << 50) << variant->name();
      EXPECT_GT(kernel->packed_bytes(), 0U) << variant->name();
    }
  }
}

TEST(ConvLimits, NoImagesAreNoWork) {
  for (const ConvVariant* variant : all_variants()) {
    if (!kernels::detected_features().contains(variant->required_features())) continue;
    int planned = 0;
    for (std::int64_t channels : {1, 32}) {
      const Conv2dParams p = problem(0, channels, 8, 8);
      const kernels::ConvProblem conv_problem{.params = p, .source_channels = {p.ic}};
      if (!variant->unsupported_reason(conv_problem).empty()) continue;
      ++planned;
      const auto kernel =
          variant->plan(fused(p, variant->requirements(p)), {.caches = kernels::cache_sizes()});
      for (int threads : {1, 4}) {
        kernels::ThreadPool pool(threads);
        kernel->run({}, pool);  // reads and writes nothing: there are no operands
      }
    }
    EXPECT_GT(planned, 0) << variant->name();
  }
}

TEST(ImageLayoutLimits, AreKnown) {
  using kernels::ImageLayout;
  constexpr std::int64_t kMany = 65536;
  EXPECT_TRUE(ImageLayout::with_halo(0, 3, 8, 8, 16, {1, 1, 1, 1}).is_possible());
  EXPECT_TRUE(ImageLayout::plain(1, 1, kMany, std::int64_t{1} << 18).is_possible());
  EXPECT_TRUE(ImageLayout::with_halo(1, 3, 8, 8, 8, {kMany, kMany, kMany, kMany}).is_possible());
  EXPECT_FALSE(ImageLayout::with_halo(kMany, kMany, 1, 1, 16, {kMany, kMany, 0, 0}).is_possible());
  EXPECT_FALSE(
      ImageLayout::with_halo(1, std::int64_t{1} << 28, 1, 1, 1, {kMany, kMany, kMany, kMany})
          .is_possible());
}

}  // namespace
}  // namespace u2net::engine::test
