// SPDX-License-Identifier: Apache-2.0
// A layout that is packed into files must not change under its name.
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/tensor.h"
#include "kernels/conv2d/fused_conv2d.h"
#include "loader/u2n/u2n_format.h"
#include "loader/u2n/xxh64.h"
#include "tests/support/conv_spec.h"

namespace u2net::engine::test {
namespace {

using kernels::Conv2dParams;
using kernels::ImageLayout;

// Filters of 3x3 and 1x1, of channels that fill blocks and such that do not, in groups and apart.
std::vector<Conv2dParams> packed_problems() {
  std::vector<Conv2dParams> problems;
  for (const auto& [ic, oc, k, stride, groups] :
       std::vector<std::array<std::int64_t, 5>>{{3, 20, 3, 1, 1},
                                                {32, 32, 3, 1, 1},
                                                {24, 1, 3, 1, 1},
                                                {20, 40, 1, 1, 1},
                                                {16, 16, 3, 2, 1},
                                                {32, 32, 3, 1, 32}}) {
    const std::int64_t pad = k / 2;
    problems.push_back(conv_params({.ic = ic,
                                    .ih = 12,
                                    .iw = 12,
                                    .oc = oc,
                                    .kh = k,
                                    .kw = k,
                                    .stride_h = stride,
                                    .stride_w = stride,
                                    .top = pad,
                                    .bottom = pad,
                                    .left = pad,
                                    .right = pad,
                                    .groups = groups}));
  }
  return problems;
}

// Of the name and of what is packed under it; 0 where the variant cannot do it.
std::uint64_t packing_digest(const kernels::ConvVariant& variant, const Conv2dParams& p,
                             kernels::ThreadPool& pool) {
  const kernels::ConvProblem wanted{.params = p, .source_channels = {p.ic}};
  if (!variant.unsupported_reason(wanted).empty()) return 0;
  const kernels::ConvRequirements required = variant.requirements(p);
  kernels::FusedConv2d conv;
  conv.params = p;
  conv.sources = {
      {ImageLayout::with_halo(p.n, p.ic, p.ih, p.iw, required.source_block, required.source_halo),
       false}};
  conv.dst = ImageLayout::with_halo(p.n, p.oc, p.oh, p.ow, required.dst_block, {});
  const auto kernel = variant.plan(conv, {.caches = {32 << 10, 1 << 20, 32 << 20}});
  std::vector<float> filter(static_cast<std::size_t>(p.oc * (p.ic / p.groups) * p.kh * p.kw));
  for (std::size_t i = 0; i < filter.size(); ++i)
    filter[i] = static_cast<float>(static_cast<int>(i * 7 % 31) - 15);
  const AlignedBuffer packed(kernel->packed_bytes());
  kernel->pack(filter.data(), packed.data(), pool);
  const std::string name = kernel->packing();
  return xxh64(std::as_bytes(std::span(name))) ^ xxh64({packed.data(), packed.bytes()});
}

// Where this fails what is packed under some name is another thing than it was, or there is another
// name: where it is the former, raise kU2nPacking. Then write down the new digest.
TEST(PackedWeights, AreThoseOfTheVersion) {
  if (kernels::conv_test_variants().empty())
    GTEST_SKIP() << "the widths that every machine has are not in this build (U2NET_TEST_WIDTHS)";
  kernels::ThreadPool pool(1);
  std::vector<std::uint64_t> digests;
  for (const kernels::ConvVariant& variant : kernels::conv_test_variants()) {
    for (const Conv2dParams& p : packed_problems()) {
      const std::uint64_t digest = packing_digest(variant, p, pool);
      if (digest != 0) digests.push_back(digest);
    }
  }
  EXPECT_GT(digests.size(), 30U);
  EXPECT_EQ(kU2nPacking, 1U);
  EXPECT_EQ(xxh64(std::as_bytes(std::span(digests))), 3085460367603706696U);
}

}  // namespace
}  // namespace u2net::engine::test
