// SPDX-License-Identifier: Apache-2.0
#include "kernels/batch_norm/batch_norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/guarded.h"

namespace u2net::engine::test {
namespace {

using kernels::BatchNormParams;

struct BatchNormProblem {
  BatchNormParams p;
  Guarded src, scale, bias, mean, variance;

  explicit BatchNormProblem(const BatchNormParams& params)
      : p(params),
        src(static_cast<std::size_t>(p.n * p.channels * p.spatial), 1),
        scale(static_cast<std::size_t>(p.channels), 2),
        bias(static_cast<std::size_t>(p.channels), 3),
        mean(static_cast<std::size_t>(p.channels), 5),
        variance(static_cast<std::size_t>(p.channels), 6) {}

  Shape shape() const { return {p.n, p.channels, p.spatial}; }
  void run(const float* from, float* to, int threads) const {
    kernels::ThreadPool pool(threads);
    batch_norm_reference(p, {scale.data(), bias.data(), mean.data(), variance.data()}, from, to,
                         pool);
  }
  Guarded run(int threads = 1) const {
    Guarded dst(src.span().size(), 7);
    run(src.data(), dst.data(), threads);
    EXPECT_TRUE(dst.canaries_are_intact());
    return dst;
  }
  // The textbook's order, in double. The kernel rounds variance + epsilon (half of it survives the
  // root), the root, its inverse, a, the two products, b and the sum: 8 roundings relative to the
  // terms of the sum.
  std::vector<Truth> truth() const {
    std::vector<Truth> all;
    for (std::int64_t i = 0; i < p.n * p.channels * p.spatial; ++i) {
      const std::int64_t c = i / p.spatial % p.channels;
      const double a = scale.data()[c] / std::sqrt(double{variance.data()[c]} + double{p.epsilon});
      const double x = src.data()[i], m = mean.data()[c], b = bias.data()[c];
      all.push_back({(x - m) * a + b,
                     8 * kFloatRounding * (std::abs(x * a) + std::abs(m * a) + std::abs(b))});
    }
    return all;
  }
};

constexpr BatchNormParams kBatchNormShapes[] = {{1, 1, 1, 1e-5F},  {1, 3, 35, 1e-5F},
                                                {2, 7, 64, 1e-3F}, {3, 17, 9, 0.0F},
                                                {4, 64, 1, 1e-5F}, {1, 5, 1000, 0.5F}};

TEST(BatchNormReference, FollowsItsDefinition) {
  std::uint64_t number = 0;
  for (const BatchNormParams& shape : kBatchNormShapes) {
    Random random("batch_norm", number++);
    BatchNormProblem problem(shape);
    for (Guarded* g : {&problem.src, &problem.scale, &problem.bias, &problem.mean})
      fill_uniform(random, g->span(), -2, 2);
    fill_uniform(random, problem.variance.span(), 1e-3, 3);
    EXPECT_TRUE(near_truth(problem.shape(), problem.truth(), problem.run().span(), random.repro()));
  }
}

// variance + epsilon = 4, so that a is a multiple of 1/2 and nothing rounds.
TEST(BatchNormReference, IsExactOnIntegers) {
  Random random("batch_norm integers");
  BatchNormProblem problem({2, 5, 33, 1.0F});
  for (Guarded* g : {&problem.src, &problem.scale, &problem.bias, &problem.mean})
    fill_integers(random, g->span());
  std::fill(problem.variance.span().begin(), problem.variance.span().end(), 3.0F);
  std::vector<Truth> truth = problem.truth();
  for (Truth& t : truth) t.bound = 0;
  EXPECT_TRUE(near_truth(problem.shape(), truth, problem.run().span(), random.repro()));
}

TEST(BatchNormReference, DoesNotDependOnTheNumberOfThreadsAndMayRunInPlace) {
  Random random("batch_norm threads");
  BatchNormProblem problem({3, 11, 47, 1e-5F});
  for (Guarded* g : {&problem.src, &problem.scale, &problem.bias, &problem.mean})
    fill_uniform(random, g->span());
  fill_uniform(random, problem.variance.span(), 0.1, 1);
  Guarded one = problem.run(1);
  const TensorView expected{DType::kFloat32, problem.shape(), one.data()};
  for (int threads = 2; threads <= 5; ++threads) {
    Guarded many = problem.run(threads);
    EXPECT_TRUE(same_bits(expected, {DType::kFloat32, problem.shape(), many.data()},
                          std::to_string(threads) + " threads"));
  }
  problem.run(problem.src.data(), problem.src.data(), 2);
  EXPECT_TRUE(
      same_bits(expected, {DType::kFloat32, problem.shape(), problem.src.data()}, "in place"));
}

}  // namespace
}  // namespace u2net::engine::test
