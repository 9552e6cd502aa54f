// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv2d_transpose/conv2d_transpose.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/image_ops/image_ops.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/guard_pages.h"

namespace u2net::engine::test {
namespace {

using kernels::Conv2dTransposeParams;

Conv2dTransposeParams random_problem(Random& random) {
  const auto small = [&] { return random.integer(1, 4); };
  const std::int64_t groups = random.integer(1, 3);
  Conv2dTransposeParams p{.n = random.integer(1, 2),
                          .ic = groups * random.integer(1, 4),
                          .ih = random.integer(1, 9),
                          .iw = random.integer(1, 9),
                          .oc = groups * small(),
                          .oh = 1,
                          .ow = 1,
                          .kh = small(),
                          .kw = small(),
                          .stride_h = small(),
                          .stride_w = small(),
                          .pad_top = random.integer(0, 2),
                          .pad_left = random.integer(0, 2),
                          .dilation_h = random.integer(1, 2),
                          .dilation_w = random.integer(1, 3),
                          .groups = groups};
  // Any size: what lies further out is dropped, or only the bias.
  p.oh = random.integer(1, 40);
  p.ow = random.integer(1, 40);
  return p;
}

// Every sample onto its places, as the header says.
std::vector<Truth> scattered(const Conv2dTransposeParams& p, const std::vector<float>& src,
                             const std::vector<float>& weight, const std::vector<float>& bias) {
  std::vector<Truth> dst(static_cast<std::size_t>(p.n * p.oc * p.oh * p.ow));
  const std::int64_t oc_of_group = p.oc / p.groups, ic_of_group = p.ic / p.groups;
  for (std::size_t i = 0; i < dst.size(); ++i) {
    const double b = bias[i / static_cast<std::size_t>(p.oh * p.ow) % bias.size()];
    dst[i] = {b, std::abs(b) * kFloatRounding};
  }
  for (std::int64_t from = 0; from < static_cast<std::int64_t>(src.size()); ++from) {
    const std::int64_t iw = from % p.iw, ih = from / p.iw % p.ih, ic = from / p.iw / p.ih % p.ic,
                       n = from / p.iw / p.ih / p.ic;
    for (std::int64_t tap = 0; tap < oc_of_group * p.kh * p.kw; ++tap) {
      const std::int64_t kw = tap % p.kw, kh = tap / p.kw % p.kh,
                         oc = ic / ic_of_group * oc_of_group + tap / p.kw / p.kh,
                         oh = ih * p.stride_h - p.pad_top + kh * p.dilation_h,
                         ow = iw * p.stride_w - p.pad_left + kw * p.dilation_w;
      if (oh < 0 || oh >= p.oh || ow < 0 || ow >= p.ow) continue;
      const double product =
          static_cast<double>(src[static_cast<std::size_t>(from)]) *
          static_cast<double>(
              weight[static_cast<std::size_t>(ic * oc_of_group * p.kh * p.kw + tap)]);
      Truth& result = dst[static_cast<std::size_t>(((n * p.oc + oc) * p.oh + oh) * p.ow + ow)];
      result.value += product;
      // A product and the sums of those of up to 4 channels in float, and the result.
      result.bound += std::abs(product) * kFloatRounding * static_cast<double>(4 * p.kh * p.kw + 2);
    }
  }
  return dst;
}

TEST(Conv2dTransposeReference, PutsEverySampleOntoItsPlaces) {
  Random random("conv2d_transpose");
  for (int i = 0; i < 60; ++i) {
    const Conv2dTransposeParams p = random_problem(random);
    const auto floats = [&](std::int64_t count) {
      std::vector<float> values(static_cast<std::size_t>(count));
      fill_uniform(random, values);
      return values;
    };
    const std::vector<float> src = floats(p.n * p.ic * p.ih * p.iw),
                             weight = floats(p.ic * (p.oc / p.groups) * p.kh * p.kw),
                             bias = floats(p.oc);
    std::vector<float> dst(static_cast<std::size_t>(p.n * p.oc * p.oh * p.ow), NAN), again = dst;
    kernels::ThreadPool one(1), three(3);
    kernels::conv2d_transpose_reference(p, src.data(), weight.data(), bias.data(), dst.data(), one);
    kernels::conv2d_transpose_reference(p, src.data(), weight.data(), bias.data(), again.data(),
                                        three);
    EXPECT_EQ(dst, again);
    EXPECT_TRUE(near_truth({p.n, p.oc, p.oh, p.ow}, scattered(p, src, weight, bias), dst,
                           random.repro() + " problem " + std::to_string(i)));
  }
}

// Every instruction set's code on blocks with a halo, results NaN before.
class Conv2dTransposeNative : public testing::TestWithParam<const kernels::ImageOps*> {};

TEST_P(Conv2dTransposeNative, GivesWhatTheReferenceGives) {
  const kernels::ImageOps& ops = *GetParam();
  if (!kernels::detected_features().contains(ops.set.features))
    GTEST_SKIP() << "this machine has no " << ops.set.name;
  int done = 0;
  for (std::uint64_t i = 0; i < 150; ++i) {
    Random random("conv2d_transpose native", i);
    Conv2dTransposeParams p = random_problem(random);
    p.ic += random.integer(0, 40);
    p.oc += random.integer(0, 50);
    p.groups = 1;
    if (i % 3 == 0) p.groups = p.oc = p.ic;
    p.iw += random.integer(0, 20);
    if (!kernels::TransposedPhases::possible(p)) continue;
    ++done;
    std::vector<float> src(static_cast<std::size_t>(p.n * p.ic * p.ih * p.iw)),
        weight(static_cast<std::size_t>(p.ic * (p.oc / p.groups) * p.kh * p.kw)),
        bias(static_cast<std::size_t>(p.oc));
    for (std::vector<float>* values : {&src, &weight, &bias}) fill_integers(random, *values);
    std::vector<float> expected(static_cast<std::size_t>(p.n * p.oc * p.oh * p.ow)), got = expected;
    kernels::ThreadPool one(1), several(5);
    kernels::conv2d_transpose_reference(p, src.data(), weight.data(), bias.data(), expected.data(),
                                        one);
    const kernels::TransposedPhases phases(p, ops.block);
    const kernels::ImageLayout plain = kernels::ImageLayout::plain(p.n, p.ic, p.ih, p.iw),
                               to_plain = kernels::ImageLayout::plain(p.n, p.oc, p.oh, p.ow),
                               from = kernels::ImageLayout::with_halo(
                                   p.n, p.ic, p.ih, p.iw, ops.block, phases.source_halo()),
                               to = kernels::ImageLayout::with_halo(p.n, p.oc, p.oh, p.ow,
                                                                    ops.block, {1, 1, 0, 2});
    constexpr auto kLine = PageGuarded::Alignment::kLine;
    PageGuarded image(from.bytes() / sizeof(float), kLine), packed(phases.packed_floats(), kLine),
        result(to.bytes() / sizeof(float), kLine), again(to.bytes() / sizeof(float), kLine),
        padded(static_cast<std::size_t>(phases.oc_blocks() * ops.block), kLine);
    padded.fill(0);
    std::copy(bias.begin(), bias.end(), padded.data());
    kernels::convert_layout(plain, src.data(), from, image.data(), one);
    phases.pack(weight.data(), packed.data());
    std::vector<float> back(weight.size(), NAN);
    phases.unpack(packed.data(), back.data());
    EXPECT_EQ(back, weight) << random.repro();
    ops.conv2d_transpose(phases, {&from, image.data()}, packed.data(), padded.data(),
                         {&to, result.data()}, one);
    ops.conv2d_transpose(phases, {&from, image.data()}, packed.data(), padded.data(),
                         {&to, again.data()}, several);
    EXPECT_EQ(std::memcmp(result.data(), again.data(), to.bytes()), 0) << random.repro();
    EXPECT_TRUE(result.canaries_are_intact());
    kernels::convert_layout(to, result.data(), to_plain, got.data(), one);
    EXPECT_EQ(expected, got) << random.repro();
  }
  EXPECT_GT(done, 100);
}

INSTANTIATE_TEST_SUITE_P(All, Conv2dTransposeNative, testing::ValuesIn(kernels::all_image_ops()),
                         [](const auto& info) {
                           return std::string(kernels::isa_name(info.param->set.features)) +
                                  std::to_string(info.param->block);
                         });

}  // namespace
}  // namespace u2net::engine::test
