// SPDX-License-Identifier: Apache-2.0
// Every native convolution against the reference on random problems: every buffer between guard
// pages, outputs and scratch NaN before, the same bits for every number of threads. Exact variants
// get integers and must be exact; Winograd's stay within the bound of its arithmetic.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tests/kernels/native_conv2d_problem.h"
#include "tests/support/sanitizer.h"

namespace u2net::engine::test {
namespace {

using kernels::ConvVariant;

constexpr std::uint64_t kProblems = kSanitized ? 40 : 500, kThreadProblems = kSanitized ? 6 : 30;

void expect_within(const std::vector<float>& expected, const std::vector<double>& bound,
                   const std::vector<float>& got, const std::string& repro) {
  ASSERT_EQ(expected.size(), got.size()) << repro;
  std::size_t wrong = 0, worst = 0;
  double worst_excess = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = std::fabs(double{expected[i]} - double{got[i]});
    if (error <= bound[i]) continue;
    ++wrong;
    const double excess = std::isfinite(error) ? error - bound[i] : INFINITY;
    if (excess < worst_excess) continue;
    worst_excess = excess;
    worst = i;
  }
  EXPECT_EQ(wrong, 0U) << repro << ": " << wrong << " of " << expected.size()
                       << " differ, the worst at " << worst << ": expected " << expected[worst]
                       << ", got " << got[worst] << ", allowed " << bound[worst];
}

class NativeConv2d : public testing::TestWithParam<const ConvVariant*> {
 protected:
  void SetUp() override {
    if (!kernels::detected_features().contains(GetParam()->required_features())) {
      GTEST_SKIP() << "this machine has no " << kernels::isa_name(GetParam()->required_features());
    }
  }
};

TEST_P(NativeConv2d, AgreesWithTheReference) {
  int pooled = 0, residual = 0, several = 0, activation = 0;
  for (std::uint64_t i = 0; i < kProblems && !HasFailure(); ++i) {
    Random random("native conv2d", i);
    const NativeConvProblem problem(*GetParam(), random);
    const std::string repro = random.repro() + " " + problem.text();
    const NativeConvProblem::Expected expected = problem.expected();
    const NativeConvProblem::Results results = problem.run(static_cast<int>(1 + i % 3));
    expect_within(expected.dst, expected.dst_bound, problem.plain_dst(results), repro);
    expect_within(expected.pooled, expected.pooled_bound, problem.plain_pooled(results),
                  repro + " (pooled)");
    pooled += problem.problem().pooled.has_value();
    activation += problem.problem().activation.has_value();
    residual += problem.problem().residual.has_value();
    several += problem.problem().sources.size() > 1;
  }
  if (HasFailure()) return;
  EXPECT_GT(pooled, 0);
  EXPECT_GT(residual, 0);
  EXPECT_GT(activation, 0);
  if (GetParam()->form() != "depthwise" && GetParam()->form() != "grouped") {
    EXPECT_GT(several, 0);
  }
}

TEST_P(NativeConv2d, GivesTheSameBitsWithAnyNumberOfThreads) {
  for (std::uint64_t i = 0; i < kThreadProblems; ++i) {
    Random random("native conv2d threads", i);
    const NativeConvProblem problem(*GetParam(), random);
    const NativeConvProblem::Results one = problem.run(1);
    for (int threads = 2; threads <= 8; ++threads) {
      const NativeConvProblem::Results got = problem.run(threads);
      ASSERT_EQ(std::memcmp(one.dst.data(), got.dst.data(), one.dst.span().size_bytes()), 0)
          << threads << " threads, " << random.repro() << " " << problem.text();
      if (one.pooled) {
        ASSERT_EQ(
            std::memcmp(one.pooled->data(), got.pooled->data(), one.pooled->span().size_bytes()), 0)
            << threads << " threads, " << random.repro() << " " << problem.text();
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, NativeConv2d, testing::ValuesIn(all_variants()), test_name_of);

}  // namespace
}  // namespace u2net::engine::test
