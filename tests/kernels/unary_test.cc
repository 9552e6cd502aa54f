// SPDX-License-Identifier: Apache-2.0
#include "kernels/unary/unary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/guarded.h"

namespace u2net::engine::test {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kDenormal = std::numeric_limits<float>::denorm_min();
using kernels::UnaryKind;

template <class T>
void reference(UnaryKind kind, std::int64_t count, const T* src, T* dst,
               kernels::ThreadPool& pool) {
  kernels::unary_reference(kind, {}, count, src, dst, pool);
}

constexpr std::int64_t kCounts[] = {1, 3, 7, 8, 9, 19, 1000};

// Runs f(count, src, dst, pool) with several sizes and numbers of threads, in place too, and calls
// check(src, dst, repro).
template <class Run, class Check>
void run_all(double range, Run run, Check check) {
  for (std::int64_t count : kCounts) {
    for (int threads = 1; threads <= 5; ++threads) {
      Random random("unary", static_cast<std::uint64_t>(count));
      Guarded src(static_cast<std::size_t>(count), 1), dst(static_cast<std::size_t>(count), 3);
      fill_uniform(random, src.span(), -range, range);
      Guarded in_place = src;
      kernels::ThreadPool pool(threads);
      run(count, src.data(), dst.data(), pool);
      run(count, in_place.data(), in_place.data(), pool);
      const std::string repro = random.repro() + " threads " + std::to_string(threads);
      ASSERT_TRUE(dst.canaries_are_intact()) << repro;
      ASSERT_TRUE(same_bits({DType::kFloat32, {count}, dst.data()},
                            {DType::kFloat32, {count}, in_place.data()}, repro + " in place"));
      check(src, dst, repro);
    }
  }
}

// Every function in float against itself in double, within what its row allows.
TEST(UnaryReference, FollowsItsFormula) {
  for (const kernels::UnaryFunction& function : kernels::kUnaryFunctions) {
    kernels::UnaryParameters p{};
    for (std::size_t i = 0; i < p.size(); ++i) p[i] = function.parameters[i].otherwise;
    run_all(
        7,
        [&](std::int64_t n, const float* s, float* d, kernels::ThreadPool& pool) {
          kernels::unary_reference(function.kind, p, n, s, d, pool);
        },
        [&](const Guarded& src, const Guarded& dst, const std::string& repro) {
          kernels::ThreadPool pool(1);
          for (std::size_t i = 0; i < src.span().size(); ++i) {
            const double x = src.span()[i];
            double truth = 0;
            kernels::unary_reference(function.kind, p, 1, &x, &truth, pool);
            ASSERT_EQ(std::isnan(dst.span()[i]), std::isnan(truth)) << function.name << " of " << x;
            if (std::isnan(truth)) continue;
            ASSERT_LE(std::fabs(dst.span()[i] - truth),
                      function.error(x, truth, p) * kFloatRounding + 0x1p-126)
                << function.name << " of " << x << " " << repro;
          }
        });
  }
}

TEST(ReluReference, KeepsThePositive) {
  run_all(
      1,
      [](std::int64_t n, const float* s, float* d, kernels::ThreadPool& p) {
        reference(UnaryKind::kRelu, n, s, d, p);
      },
      [](const Guarded& src, const Guarded& dst, const std::string& repro) {
        for (std::size_t i = 0; i < src.span().size(); ++i) {
          ASSERT_EQ(dst.span()[i], src.span()[i] > 0 ? src.span()[i] : 0) << repro;
        }
      });
}

// Denormals are zero as in PaddleInference 2.6.2, which flushes them with oneDNN and without (its
// dynamic graph keeps them; here all modes agree).
TEST(ReluReference, TreatsSpecialValuesAsPaddle) {
  const float src[] = {kNaN, -0.0F, 0.0F, kInf, -kInf, kDenormal, -kDenormal, -kNaN};
  const float expected[] = {0, 0, 0, kInf, 0, 0, 0, 0};
  float dst[8];
  kernels::ThreadPool pool(1);
  reference(UnaryKind::kRelu, 8, src, dst, pool);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(dst[i], expected[i]) << i;
    EXPECT_FALSE(std::signbit(dst[i])) << i;
  }
}

TEST(ReluReference, TakesIntegersAndDoubles) {
  kernels::ThreadPool pool(1);
  const std::int32_t src32[] = {std::numeric_limits<std::int32_t>::min(), -1, 0,
                                std::numeric_limits<std::int32_t>::max()};
  std::int32_t dst32[4];
  reference(UnaryKind::kRelu, 4, src32, dst32, pool);
  EXPECT_EQ(std::vector(dst32, dst32 + 4), (std::vector<std::int32_t>{0, 0, 0, src32[3]}));
  const std::int64_t src64[] = {-1, std::int64_t{1} << 40};
  std::int64_t dst64[2];
  reference(UnaryKind::kRelu, 2, src64, dst64, pool);
  EXPECT_EQ(std::vector(dst64, dst64 + 2), (std::vector<std::int64_t>{0, src64[1]}));
  const double src_double[] = {-1e300, 1e300};
  double dst_double[2];
  reference(UnaryKind::kRelu, 2, src_double, dst_double, pool);
  EXPECT_EQ(std::vector(dst_double, dst_double + 2), (std::vector<double>{0, 1e300}));
}

// exp is good to 1 ulp, and its error counts at most in full; then two more roundings. Results
// below the normal range are off by a denormal step at most.
TEST(SigmoidReference, FollowsItsDefinition) {
  run_all(
      20,
      [](std::int64_t n, const float* s, float* d, kernels::ThreadPool& p) {
        reference(UnaryKind::kSigmoid, n, s, d, p);
      },
      [](const Guarded& src, const Guarded& dst, const std::string& repro) {
        std::vector<Truth> truth;
        for (float x : src.span()) {
          const double value = 1 / (1 + std::exp(-double{x}));
          truth.push_back({value, 4 * kFloatRounding * value});
        }
        ASSERT_TRUE(
            near_truth({static_cast<std::int64_t>(truth.size())}, truth, dst.span(), repro));
      });
}

TEST(SigmoidReference, IsRightAtItsEnds) {
  const float src[] = {0.0F, -0.0F, kInf, -kInf, 100.0F, -200.0F, -40.0F, kDenormal};
  float dst[8];
  kernels::ThreadPool pool(1);
  reference(UnaryKind::kSigmoid, 8, src, dst, pool);
  const float expected[] = {0.5F, 0.5F, 1, 0, 1, 0, static_cast<float>(1 / (1 + std::exp(40.0))),
                            0.5F};
  for (int i = 0; i < 8; ++i)
    EXPECT_NEAR(dst[i], expected[i], 4 * kFloatRounding * expected[i]) << i;
  const float nan_src = kNaN;
  float nan_dst = 0;
  reference(UnaryKind::kSigmoid, 1, &nan_src, &nan_dst, pool);
  EXPECT_TRUE(std::isnan(nan_dst));
}

TEST(SigmoidReference, TakesDoubles) {
  const double src = -3;
  double dst = 0;
  kernels::ThreadPool pool(1);
  reference(UnaryKind::kSigmoid, 1, &src, &dst, pool);
  EXPECT_DOUBLE_EQ(dst, 1 / (1 + std::exp(3.0)));
}

TEST(ScaleReference, MultipliesAndAddsInEitherOrder) {
  for (const bool after : {true, false}) {
    run_all(
        2,
        [&](std::int64_t n, const float* s, float* d, kernels::ThreadPool& p) {
          kernels::scale_reference(n, 1.7F, -0.3F, after, s, d, p);
        },
        [&](const Guarded& src, const Guarded& dst, const std::string& repro) {
          std::vector<Truth> truth;
          for (float x : src.span()) {
            const double value =
                after ? double{x} * 1.7F + double{-0.3F} : (double{x} + double{-0.3F}) * 1.7F;
            // Two roundings of at most |x * 1.7| + 0.6.
            truth.push_back({value, 2 * kFloatRounding * (std::abs(x) * 1.7 + 0.6)});
          }
          ASSERT_TRUE(
              near_truth({static_cast<std::int64_t>(truth.size())}, truth, dst.span(), repro));
        });
  }
}

TEST(ScaleReference, IsExactOnIntegersAndTellsTheOrdersApart) {
  const float src[] = {1, -2, 3};
  float dst[3];
  kernels::ThreadPool pool(1);
  kernels::scale_reference<float>(3, 2, 5, true, src, dst, pool);
  EXPECT_EQ(std::vector(dst, dst + 3), (std::vector<float>{7, 1, 11}));
  kernels::scale_reference<float>(3, 2, 5, false, src, dst, pool);
  EXPECT_EQ(std::vector(dst, dst + 3), (std::vector<float>{12, 6, 16}));
}

TEST(ScaleReference, WrapsIntegersAround) {
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  constexpr std::int64_t kMax64 = std::numeric_limits<std::int64_t>::max();
  kernels::ThreadPool pool(1);
  const std::int32_t src[] = {kMax, 7};
  std::int32_t dst[2];
  kernels::scale_reference<std::int32_t>(2, 2, 3, true, src, dst, pool);
  EXPECT_EQ(std::vector(dst, dst + 2), (std::vector<std::int32_t>{1, 17}));
  const std::int64_t src64[] = {kMax64, 7};
  std::int64_t dst64[2];
  kernels::scale_reference<std::int64_t>(2, 3, 1, false, src64, dst64, pool);
  // (max + 1) * 3 = -2^63 * 3, of which -2^63 remains.
  EXPECT_EQ(std::vector(dst64, dst64 + 2),
            (std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), 24}));
}

}  // namespace
}  // namespace u2net::engine::test
