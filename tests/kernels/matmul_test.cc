// SPDX-License-Identifier: Apache-2.0
#include "kernels/matmul/matmul.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/compare.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

using kernels::MatMulParams;

std::vector<float> random_floats(Random& random, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = static_cast<float>(random.real(-1, 1));
  return values;
}

// [batch][m][k] times [batch or 1][k][n], either of them as it is or transposed.
MatMulParams random_problem(Random& random, bool repeat_y) {
  const std::int64_t m = random.integer(1, 70), n = random.integer(1, 260),
                     k = random.integer(1, 100), batch = random.integer(1, 3);
  const bool transpose_x = random.integer(0, 1) != 0, transpose_y = random.integer(0, 1) != 0;
  MatMulParams p{.m = m,
                 .n = n,
                 .k = k,
                 .x_row = transpose_x ? 1 : k,
                 .x_column = transpose_x ? m : 1,
                 .y_row = transpose_y ? 1 : n,
                 .y_column = transpose_y ? k : 1,
                 .batch_rank = 1,
                 .alpha = random.integer(0, 1) ? 1.0 : -0.25};
  p.batch[0] = batch;
  p.x_batch[0] = m * k;
  p.y_batch[0] = repeat_y ? 0 : k * n;
  return p;
}

std::vector<Truth> products(const MatMulParams& p, const float* x, const float* y) {
  std::vector<Truth> all;
  for (std::int64_t b = 0; b < p.batch[0]; ++b) {
    for (std::int64_t m = 0; m < p.m; ++m) {
      for (std::int64_t n = 0; n < p.n; ++n) {
        double sum = 0, magnitude = 0;
        for (std::int64_t k = 0; k < p.k; ++k) {
          const double product =
              static_cast<double>(x[b * p.x_batch[0] + m * p.x_row + k * p.x_column]) *
              static_cast<double>(y[b * p.y_batch[0] + k * p.y_row + n * p.y_column]);
          sum += product;
          magnitude += std::abs(product);
        }
        // A product and at most 32 sums are rounded in float, and the result.
        all.push_back({p.alpha * sum, 34 * kFloatRounding * std::abs(p.alpha) * magnitude});
      }
    }
  }
  return all;
}

TEST(MatMulReference, MultipliesEveryShapeAndLayout) {
  Random random("matmul", 1);
  for (int i = 0; i < 40; ++i) {
    const MatMulParams p = random_problem(random, i % 3 == 0);
    const std::vector<float> x = random_floats(random, p.batch[0] * p.m * p.k),
                             y = random_floats(random, p.batch[0] * p.k * p.n);
    std::vector<float> dst(static_cast<std::size_t>(p.batch[0] * p.m * p.n), NAN);
    kernels::ThreadPool pool(1);
    kernels::matmul_reference(p, x.data(), y.data(), dst.data(), pool);
    EXPECT_TRUE(near_truth({p.batch[0], p.m, p.n}, products(p, x.data(), y.data()), dst,
                           "problem " + std::to_string(i)));
  }
}

TEST(MatMulReference, GivesTheSameBitsWhateverTheThreadsAndTheOtherRows) {
  Random random("matmul", 2);
  const MatMulParams p = random_problem(random, false);
  const std::vector<float> x = random_floats(random, p.batch[0] * p.m * p.k),
                           y = random_floats(random, p.batch[0] * p.k * p.n);
  std::vector<float> one(static_cast<std::size_t>(p.batch[0] * p.m * p.n)), three = one;
  kernels::ThreadPool single(1), several(3);
  kernels::matmul_reference(p, x.data(), y.data(), one.data(), single);
  kernels::matmul_reference(p, x.data(), y.data(), three.data(), several);
  EXPECT_EQ(one, three);
  MatMulParams last = p;  // the last row of the first batch alone
  last.m = 1;
  last.batch[0] = 1;
  std::vector<float> row(static_cast<std::size_t>(p.n));
  kernels::matmul_reference(last, x.data() + (p.m - 1) * p.x_row, y.data(), row.data(), single);
  for (std::int64_t n = 0; n < p.n; ++n)
    EXPECT_EQ(row[static_cast<std::size_t>(n)], one[static_cast<std::size_t>((p.m - 1) * p.n + n)]);
}

}  // namespace
}  // namespace u2net::engine::test
