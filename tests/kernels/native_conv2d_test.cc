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

// A second level that no block of Winograd's fits, so that a few tiles more are worked on at once.
kernels::CacheSizes small_second_level() {
  kernels::CacheSizes caches = kernels::cache_sizes();
  caches.l2 = 16 << 10;
  return caches;
}

// None in which results would stay: they go past the caches.
kernels::CacheSizes no_third_level() {
  kernels::CacheSizes caches = kernels::cache_sizes();
  caches.l3 = 0;
  return caches;
}

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

  // That follow from the second-level cache.
  static bool has_blocks() { return !GetParam()->exact(); }
};

TEST_P(NativeConv2d, AgreesWithTheReference) {
  int pooled = 0, residual = 0, several = 0, activation = 0;
  for (std::uint64_t i = 0; i < kProblems && !HasFailure(); ++i) {
    Random random("native conv2d", i);
    const NativeConvProblem problem(*GetParam(), random);
    const std::string repro = random.repro() + " " + problem.text();
    const NativeConvProblem::Expected expected = problem.expected();
    const int threads = static_cast<int>(1 + i % 3);
    const NativeConvProblem::Results results =
        problem.run(threads, i % 4 == 2                   ? no_third_level()
                             : has_blocks() && i % 2 != 0 ? small_second_level()
                                                          : kernels::cache_sizes());
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

void expect_same_bits(const NativeConvProblem::Results& expected,
                      const NativeConvProblem::Results& got, const std::string& what) {
  const auto equal = [](const PageGuarded& a, const PageGuarded& b) {
    return std::memcmp(a.data(), b.data(), a.span().size_bytes()) == 0;
  };
  ASSERT_TRUE(equal(expected.dst, got.dst)) << what;
  ASSERT_TRUE(!expected.pooled || equal(*expected.pooled, *got.pooled)) << what << " (pooled)";
}

TEST_P(NativeConv2d, GivesTheSameBitsWithAnyNumberOfThreads) {
  for (std::uint64_t i = 0; i < kThreadProblems && !HasFatalFailure(); ++i) {
    Random random("native conv2d threads", i);
    const NativeConvProblem problem(*GetParam(), random);
    const NativeConvProblem::Results one = problem.run(1);
    const std::string repro = random.repro() + " " + problem.text();
    for (int threads = 1; threads <= 8; ++threads) {
      const std::string what = std::to_string(threads) + " threads, " + repro;
      if (threads > 1) expect_same_bits(one, problem.run(threads), what);
      if (has_blocks())
        expect_same_bits(one, problem.run(threads, small_second_level()), what + ", small cache");
      expect_same_bits(one, problem.run(threads, no_third_level()), what + ", past the caches");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, NativeConv2d, testing::ValuesIn(all_variants()), test_name_of);

}  // namespace
}  // namespace u2net::engine::test
