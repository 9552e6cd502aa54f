// SPDX-License-Identifier: Apache-2.0
// One node in every implementation: all are there, and all are right.
#include "tools/microbench/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/backends/backend_table.h"
#include "engine/base/error.h"
#include "tests/support/max_isa.h"
#include "tools/microbench/layout_tag.h"
#include "tools/microbench/machine_peak.h"
#include "tools/microbench/node_run.h"
#include "tools/microbench/reorder.h"

namespace u2net::bench {
using namespace engine;
namespace {

std::set<std::string> names_of(const Measured& measured) {
  std::set<std::string> names;
  for (const Measurement& m : measured.all) EXPECT_TRUE(names.insert(m.name).second) << m.name;
  return names;
}

bool has_prefix(const std::set<std::string>& names, const std::string& prefix) {
  const auto it = names.lower_bound(prefix);
  return it != names.end() && it->starts_with(prefix);
}

Measured measure_once(const std::string& line, std::vector<std::string> patterns = {},
                      int threads = 2) {
  return measure(line, {.threads = threads,
                        .patterns = std::move(patterns),
                        .timing = {.seconds = 0, .cold = false},
                        .precision = Precision::kF32,
                        .progress = {}});
}

class EveryOperator : public testing::TestWithParam<std::string> {};

TEST_P(EveryOperator, IsVerifiedInEachBackend) {
  for (int threads : {1, 3}) {
    const Measured measured = measure_once(GetParam(), {}, threads);
    const std::set<std::string> names = names_of(measured);
    EXPECT_TRUE(names.count("reference"));
    EXPECT_TRUE(has_prefix(names, "native:"));
    EXPECT_TRUE(has_prefix(names, "onednn:") || !find_backend("onednn"));
    int chosen = 0;
    for (const Measurement& m : measured.all) {
      EXPECT_TRUE(m.agreement.agrees()) << m.name << ": " << m.agreement.max_error;
      EXPECT_GT(m.work.bytes, 0) << m.name;
      EXPECT_FALSE(m.warm.ms.empty());
      EXPECT_TRUE(m.cold.ms.empty());
      chosen += m.chosen ? 1 : 0;
    }
    EXPECT_EQ(chosen, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Lines, EveryOperator,
    testing::Values("conv2d src=1x20x13x11 filter=18x20x3x3 pad=1,1 relu",
                    "conv2d src=2x16x9x9 filter=16x1x3x3 stride=2,2 pad=1,1 groups=16 nobias",
                    "conv2d src=1x8x6x6^,1x4x12x12 filter=16x12x3x3 pad=1,1 residual pooled=6x6",
                    "pool2d src=1x8x9x9 kind=max kernel=2,2 stride=2,2 ceil",
                    "pool2d src=1x8x9x9 kind=avg kernel=3,3 stride=1,1 pad=1,1",
                    "bilinear_interp_v2 src=1x8x9x9 out=18x20", "concat src=1x8x9x9,1x3x9x9",
                    "elementwise_add src=1x8x9x9,1x8x9x9", "elementwise_mul src=1x8x9x9,1x8x1x1",
                    "relu src=1x8x9x9", "sigmoid src=1x8x9x9", "batch_norm src=1x8x9x9",
                    "scale src=1x8x9x9 factor=2 offset=1"));

TEST(Measure, TakesWhatThePatternsName) {
  const std::string line = "conv2d src=1x16x12x12 filter=16x16x3x3 pad=1,1";
  EXPECT_EQ(names_of(measure_once(line, {"reference"})), std::set<std::string>{"reference"});
  const std::set<std::string> winograd =
      names_of(measure_once(line, {"native:winograd4:*", "native:winograd6:*"}));
  EXPECT_EQ(winograd.size(), 2u);
  const std::set<std::string> portable = names_of(measure_once(line, {"native:*:portable"}));
  EXPECT_TRUE(portable.count("native:blocked:portable"));
  EXPECT_TRUE(portable.count("native:winograd6:portable"));
  EXPECT_TRUE(names_of(measure_once(line, {"nothing"})).empty());
}

// oneDNN has some for a convolution, its plain reference at the end.
TEST(Measure, GoesDownOneDnnsList) {
  if (!find_backend("onednn")) GTEST_SKIP();
  const std::set<std::string> names =
      names_of(measure_once("conv2d src=1x4x6x6 filter=4x4x3x3 pad=1,1", {"onednn:*"}));
  EXPECT_GE(names.size(), 2u);
  EXPECT_TRUE(has_prefix(names, "onednn:ref"));
}

TEST(Measure, SaysWhyNot) {
  const Measured measured =
      measure_once("conv2d src=1x16x12x12 filter=16x16x3x3 stride=2,2", {"native:*"});
  const auto is = [](const std::string& form, const std::string& why) {
    return testing::AllOf(
        testing::Field(&Refusal::implementation, testing::StartsWith("native:" + form + ":")),
        testing::Field(&Refusal::why, why));
  };
  EXPECT_THAT(measured.refused, testing::Contains(is("winograd6", "a stride")));
  EXPECT_THAT(measured.refused, testing::Contains(is("depthwise", "not a filter a channel")));
}

class Reorders : public testing::TestWithParam<std::string> {};

TEST_P(Reorders, AreEqualToTheBit) {
  check_reorder(GetParam());
  const Measured measured = measure_once(GetParam());
  EXPECT_EQ(measured.all.size(), find_backend("onednn") ? 2u : 1u);
  for (const Measurement& m : measured.all) EXPECT_EQ(m.agreement.ratio, 0) << m.name;
}

INSTANTIATE_TEST_SUITE_P(Lines, Reorders,
                         testing::Values("reorder src=1x19x5x7 from=abcd to=aBcd8b",
                                         "reorder src=2x16x5x7 from=aBcd16b to=acdb",
                                         "reorder src=17x9x3x3 from=abcd to=ABcd8b8a",
                                         "reorder src=40x5x3x3 from=abcd to=Acdb16a"));

TEST(Reorder, LayoutsByName) {
  const LayoutTag plain("abcd", {2, 3, 4, 5}), last("acdb", {2, 3, 4, 5});
  EXPECT_EQ(plain.size(), 120);
  EXPECT_EQ(plain.offset({1, 2, 3, 4}), 119);
  EXPECT_EQ(last.offset({0, 1, 0, 0}), 1);
  EXPECT_EQ(last.offset({0, 0, 0, 1}), 3);
  const LayoutTag blocked("aBcd8b", {2, 9, 4, 5});
  EXPECT_EQ(blocked.size(), 2 * 16 * 4 * 5);
  EXPECT_EQ(blocked.offset({0, 8, 0, 0}), 8 * 4 * 5);
  EXPECT_EQ(blocked.offset({0, 7, 0, 1}), 8 + 7);
  // The last block is the innermost.
  const LayoutTag twice("ABcd8b8a", {16, 16, 1, 1});
  EXPECT_EQ(twice.offset({1, 0, 0, 0}), 1);
  EXPECT_EQ(twice.offset({0, 1, 0, 0}), 8);
  EXPECT_EQ(twice.offset({0, 8, 0, 0}), 64);
  EXPECT_EQ(twice.offset({8, 0, 0, 0}), 128);
}

TEST(Reorder, Malformed) {
  for (const std::string line :
       {"reorder src=1x2x3x4 from=abc to=abcd", "reorder src=1x2x3x4 from=abcd to=abcc",
        "reorder src=1x2x3x4 from=abcd to=aBcd8", "reorder src=1x2x3x4 from=abcd to=aBcd0b",
        "reorder src=1x2x3x4 from=abcd to=any", "reorder src=1x2x3x4 from=abcd",
        "reorder src=1x0x3x4 from=abcd to=abcd", "reorder src=99999x99999 from=ab to=ba",
        "reorder src=1x2x3x4 from=abcd to=aBcd999999999999b"}) {
    EXPECT_THROW(check_reorder(line), Error) << line;
  }
}

TEST(Measure, WithColdCaches) {
  const Measured measured = measure("relu src=1x8x9x9", {.threads = 2,
                                                         .patterns = {"reference"},
                                                         .timing = {.seconds = 0, .cold = true},
                                                         .progress = {}});
  ASSERT_EQ(measured.all.size(), 1u);
  EXPECT_EQ(measured.all.front().cold.ms.size(), 1u);
  EXPECT_GT(measured.all.front().cold.min(), 0);
}

TEST(Times, MedianAndMinimum) {
  EXPECT_EQ((Times{{3, 1, 2}}.median()), 2);
  EXPECT_EQ((Times{{4, 1, 2, 3}}.median()), 2.5);
  EXPECT_EQ((Times{{3, 1, 2}}.min()), 1);
}

// Emulated: they are there, within their bounds, where the precision permits them alone.
TEST(Measure, HasConvolutionsOnTilesWhereAPrecisionPermitsThem) {
  const std::string line = "conv2d src=1x32x12x20 filter=16x32x3x3 pad=1,1 relu";
  const auto names = [&](Precision precision) {
    std::vector<std::string> all;
    const Measured measured = measure(line, {.threads = 1,
                                             .patterns = {"native:tiles*"},
                                             .timing = {.seconds = 0, .cold = false},
                                             .precision = precision,
                                             .progress = {}});
    for (const Measurement& m : measured.all) {
      EXPECT_TRUE(m.agreement.agrees()) << m.name << " " << m.agreement.ratio;
      all.push_back(m.name);
    }
    for (const Refusal& refusal : measured.refused) EXPECT_NE(refusal.implementation, "");
    return all;
  };
  {
    const engine::test::EmulatedTiles tiles;
    EXPECT_EQ(names(Precision::kF32), std::vector<std::string>{});
    EXPECT_EQ(names(Precision::kBf16), std::vector<std::string>{"native:tiles:emulated"});
    EXPECT_EQ(names(Precision::kMixed),
              (std::vector<std::string>{"native:tiles:emulated", "native:tilesx3:emulated"}));
  }
  const engine::test::MaxIsa limit("avx2");  // holds AMX back
  const Measured without = measure(line, {.threads = 1,
                                          .patterns = {"native:*"},
                                          .timing = {.seconds = 0, .cold = false},
                                          .precision = Precision::kBf16,
                                          .progress = {}});
  ASSERT_FALSE(without.refused.empty());
  EXPECT_EQ(without.refused.front().implementation, "native in bf16");
}

// Beside ours, where a precision permits bf16; the bound has the roundings of operands and results.
TEST(Measure, HasOneDnnInBf16) {
  if (!find_backend("onednn")) GTEST_SKIP() << "no oneDNN in this build";
  const auto measured = [](Precision precision, const std::string& rest) {
    return measure("conv2d src=1x33x12x20 filter=16x33x3x3 pad=1,1" + rest,
                   {.threads = 1,
                    .patterns = {"onednn:*"},
                    .timing = {.seconds = 0, .cold = false},
                    .precision = precision,
                    .progress = {}});
  };
  EXPECT_FALSE(has_prefix(names_of(measured(Precision::kF32, "")), "onednn:bf16:"));
  for (const std::string rest : {"", " relu", " relu residual"}) {
    const Measured m = measured(Precision::kBf16, rest);
    const std::set<std::string> names = names_of(m);
    if (!m.refused.empty() && m.refused.back().implementation == "onednn in bf16")
      GTEST_SKIP() << m.refused.back().why;
    EXPECT_TRUE(has_prefix(names, "onednn:bf16:"));
    EXPECT_GT(names.size(), 2u) << "float32 is still there";
    for (const Measurement& one : m.all) {
      EXPECT_TRUE(one.agreement.agrees()) << one.name << ": " << one.agreement.max_error;
      const bool in_bf16 = one.name.starts_with("onednn:bf16:");
      EXPECT_EQ(one.element, in_bf16 ? kernels::ElementType::kBf16 : kernels::ElementType::kF32);
      EXPECT_EQ(one.agreement.max_error > 1e-3, in_bf16) << one.name;
    }
  }
}

TEST(MachinePeak, HasTilesWhereAPrecisionPermitsThem) {
  const engine::test::EmulatedTiles tiles;
  const MachinePeak f32 = measure_peak(1), bf16 = measure_peak(2, Precision::kBf16);
  EXPECT_GT(f32.flops, 0);
  EXPECT_GT(f32.bytes, 0);
  EXPECT_EQ(f32.tile_flops, 0);
  EXPECT_GT(bf16.tile_flops, 0);
  EXPECT_EQ(bf16.flops_in(kernels::ElementType::kF32), bf16.flops);
  EXPECT_EQ(bf16.flops_in(kernels::ElementType::kBf16), bf16.tile_flops);
  const auto& code = kernels::code_for<kernels::kEmulatedTiles, TilePeakCode>();
  EXPECT_EQ(code.dots(3), 3.0 * 4 * 16 * 16 * 32 * 2);
}

}  // namespace
}  // namespace u2net::bench
