// SPDX-License-Identifier: Apache-2.0
// Convolutions in bf16, and with two bfloat16 a number, on tiles against the reference in float32
// on the same rounded operands: emulated on any machine, on the hardware's tiles where there are
// some, and both to the same bits. Integers must come out exact, other numbers within what the sums
// of the tiles may be off.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/conv2d/fused_conv2d.h"
#include "tests/kernels/conv2d_cases.h"
#include "tests/kernels/native_conv2d_problem.h"
#include "tests/kernels/tile_conv2d_problem.h"
#include "tests/support/sanitizer.h"

namespace u2net::engine::test {
namespace {

using kernels::Conv2dParams;

constexpr std::uint64_t kProblems = kSanitized ? 40 : 200, kThreadProblems = kSanitized ? 4 : 12;

// What tests run: emulated tiles everywhere, and the others.
std::vector<const ConvVariant*> variants() {
  std::vector<const ConvVariant*> all;
  for (const ConvVariant& v : kernels::tile_conv_test_variants()) all.push_back(&v);
  for (const ConvVariant& v : kernels::tile_conv_variants()) all.push_back(&v);
  return all;
}

// Within the bound, and then rounded as the results are stored.
void expect_rounded(const std::vector<float>& expected, const std::vector<double>& bound,
                    const std::vector<float>& got, ElementType element, const std::string& what) {
  const auto stored = [&](float x) { return stored_as(element, x); };
  ASSERT_EQ(expected.size(), got.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const float low = static_cast<float>(double{expected[i]} - bound[i]),
                high = static_cast<float>(double{expected[i]} + bound[i]);
    const float least = stored(low), most = stored(high);
    ASSERT_TRUE(got[i] >= least && got[i] <= most)
        << what << " at " << i << ": " << got[i] << ", expected " << least << " to " << most;
  }
}

class TileConv2d : public testing::TestWithParam<const ConvVariant*> {
 protected:
  void SetUp() override {
    if (!kernels::detected_features().contains(GetParam()->required_features()))
      GTEST_SKIP() << "this machine has no AMX";
    if (GetParam()->required_features() != kernels::CpuFeatures{} &&
        !kernels::tiles_are_permitted())
      GTEST_SKIP() << "the system does not permit AMX";
  }
};

TEST_P(TileConv2d, AgreesWithTheReference) {
  int pooled = 0, residual = 0, several = 0, strided = 0, dilated = 0, f32 = 0, centred = 0,
      split = 0, resized = 0;
  for (std::uint64_t i = 0; i < kProblems && !HasFailure(); ++i) {
    Random random("tile conv2d", i);
    const TileProblem problem(*GetParam(), random, i % 2 == 0);
    const std::string what = random.repro() + " " + problem.text();
    const TileProblem::Results results = problem.run(*GetParam(), static_cast<int>(1 + i % 3));
    std::vector<float> expected;
    std::vector<double> bound;
    problem.expect(expected, bound);
    const std::vector<float> got = plain_values(problem.conv.dst, results.dst);
    expect_rounded(expected, bound, got, problem.conv.dst.element, what);
    pooled += problem.conv.pooled.has_value(), residual += problem.conv.residual.has_value();
    several += problem.channels.size() > 1, strided += problem.conv.params.stride_h > 1;
    dilated += problem.conv.params.dilation_w > 1;
    f32 += problem.conv.dst.element == ElementType::kF32;
    split += problem.conv.dst.element == ElementType::kBf16x2;
    centred += problem.centre.front() != 0 && problem.residual_centre.front() != 0;
    resized += std::any_of(problem.conv.sources.begin(), problem.conv.sources.end(),
                           [](const kernels::ConvSource& s) { return s.upsample; });
    if (!problem.conv.pooled) continue;
    // Of what was stored: the largest of rounded numbers is the largest one, rounded.
    EXPECT_EQ(plain_values(*problem.conv.pooled, *results.pooled),
              maxima_2x2(problem.conv.params, *problem.conv.pooled, got))
        << what;
  }
  if (HasFailure()) return;
  for (int count : {pooled, residual, several, strided, dilated, f32, centred, split, resized})
    EXPECT_GT(count, 0);
}

bool equal_memory(const PageGuarded& a, const PageGuarded& b) {
  return std::memcmp(a.data(), b.data(), a.span().size_bytes()) == 0;
}

TEST_P(TileConv2d, GivesTheSameBitsWithAnyNumberOfThreadsAndEmulated) {
  const std::span<const ConvVariant> tests = kernels::tile_conv_test_variants();
  const ConvVariant& emulated = *std::find_if(
      tests.begin(), tests.end(), [](const auto& v) { return v.form() == GetParam()->form(); });
  for (std::uint64_t i = 0; i < kThreadProblems; ++i) {
    Random random("tile conv2d threads", i);
    const TileProblem problem(*GetParam(), random, false);
    const TileProblem::Results one = problem.run(emulated, 1);
    for (int threads = 1; threads <= 8; ++threads) {
      const TileProblem::Results got = problem.run(*GetParam(), threads);
      ASSERT_TRUE(equal_memory(one.dst, got.dst)) << threads << " threads, " << problem.text();
      if (one.pooled) {
        ASSERT_TRUE(equal_memory(*one.pooled, *got.pooled)) << threads << " " << problem.text();
      }
    }
  }
}

TEST_P(TileConv2d, SaysWhatItCannotDo) {
  const ConvVariant& variant = *GetParam();
  const Conv2dParams p = conv_params({.ic = 8, .ih = 8, .iw = 8, .oc = 8, .groups = 2});
  EXPECT_EQ(variant.unsupported_reason({p, {8}, false, false, variant.element()}), "groups");
  // Its element is all that keeps a variant from this one.
  const Conv2dParams whole = conv_params({.ic = 8, .ih = 8, .iw = 8, .oc = 8});
  EXPECT_EQ(variant.unsupported_reason({whole, {8}, false, false, ElementType::kF32}),
            "elements of another type");
  EXPECT_NE(variant.element(), ElementType::kF32);
  for (const ConvVariant& other : kernels::conv_variants()) {
    EXPECT_EQ(other.unsupported_reason({whole, {8}, false, false, ElementType::kBf16}),
              "elements of another type")
        << other.name();
  }
}

TEST_P(TileConv2d, KnowsWhatItsWeightsTake) {
  for (std::uint64_t i = 0; i < 50; ++i) {
    Random random("tile conv2d weights", i);
    const TileProblem problem(*GetParam(), random, true);
    const auto kernel = GetParam()->plan(problem.conv, {kernels::cache_sizes()});
    const double all_split = GetParam()->packed_bytes(
        {problem.conv.params, problem.channels, false, false, GetParam()->element()});
    if (problem.splits_all() || GetParam()->element() == ElementType::kBf16) {
      EXPECT_EQ(static_cast<double>(kernel->packed_bytes()), all_split);
    } else {
      EXPECT_LE(static_cast<double>(kernel->packed_bytes()), all_split);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, TileConv2d, testing::ValuesIn(variants()), test_name_of);

}  // namespace
}  // namespace u2net::engine::test
