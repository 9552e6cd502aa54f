// SPDX-License-Identifier: Apache-2.0
// The mathematics behind the Winograd kernels, in double: the transforms compute a convolution, and
// the magnitudes bound what rounding can do to it.
#include "kernels/conv2d/winograd.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/conv2d/winograd_error.h"
#include "tests/support/conv_spec.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

// Evaluates the polynomial with these coefficients, lowest first; at infinity its highest.
double at_point(std::span<const double> coefficients, std::span<const double> points,
                std::size_t i) {
  if (i == points.size()) return coefficients.back();
  double value = 0;
  for (std::size_t k = coefficients.size(); k-- > 0;) value = value * points[i] + coefficients[k];
  return value;
}

// Winograd's method is the transposition of multiplying polynomials: with g and any a of m
// coefficients, the product's values at the points are those of g times those of a.
// transform_filter() gives the values of g divided by the norms of Lagrange's polynomials, which
// interpolate.
TEST(Winograd, FilterTransformInterpolatesProducts) {
  for (int m : {4, 6}) {
    const std::span<const double> points = kernels::winograd_points(m);
    ASSERT_EQ(points.size(), static_cast<std::size_t>(m) + 1);
    Random random("winograd", static_cast<std::uint64_t>(m));
    float g[9] = {};
    for (int k = 0; k < 3; ++k) g[k * 3] = static_cast<float>(random.real(-1, 1));  // one column
    std::vector<double> u(static_cast<std::size_t>((m + 2) * (m + 2)));
    kernels::transform_filter(m, g, u.data());
    const double column[3] = {g[0], g[3], g[6]};
    for (std::size_t i = 0; i < points.size() + 1; ++i) {
      double norm = 1;
      for (std::size_t j = 0; i < points.size() && j < points.size(); ++j)
        norm *= i == j ? 1 : points[i] - points[j];
      double column_norm = 1;  // of the other dimension, whose filter is the constant 1
      for (std::size_t j = 1; j < points.size(); ++j) column_norm *= points[0] - points[j];
      const double got = u[i * static_cast<std::size_t>(m + 2)];
      EXPECT_NEAR(got * norm * column_norm, at_point(column, points, i), 1e-12) << m << " " << i;
    }
  }
}

kernels::Conv2dParams params(std::int64_t ic, std::int64_t oc, std::int64_t size) {
  return conv_params({.ic = ic,
                      .ih = size,
                      .iw = size,
                      .oc = oc,
                      .kh = 3,
                      .kw = 3,
                      .top = 1,
                      .bottom = 1,
                      .left = 1,
                      .right = 1});
}

// What the transforms add up is at least what the convolution does.
TEST(WinogradMagnitudes, AreAtLeastTheResult) {
  for (int m : {4, 6}) {
    Random random("magnitudes", static_cast<std::uint64_t>(m));
    const kernels::Conv2dParams p = params(5, 4, 13);
    std::vector<float> src(5 * 13 * 13), weight(4 * 5 * 9), sums(4 * 13 * 13), results(sums.size());
    fill_uniform(random, src);
    fill_uniform(random, weight);
    kernels::ThreadPool pool(2);
    kernels::winograd_magnitudes(m, p, src.data(), weight.data(), {}, sums.data(), pool);
    kernels::conv2d_reference(p, src.data(), weight.data(), {}, results.data(), pool);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      ASSERT_GE(sums[i], std::fabs(results[i]));
      ASSERT_LT(sums[i], 5e4) << "a bound that bounds nothing";
    }
  }
}

TEST(WinogradMagnitudes, GrowWithTheirOperands) {
  const kernels::Conv2dParams p = params(3, 2, 7);
  Random random("scaled magnitudes");
  std::vector<float> src(3 * 49), weight(2 * 3 * 9), once(2 * 49), twice(once.size()),
      bias(2, 3.0F);
  fill_uniform(random, src);
  fill_uniform(random, weight);
  kernels::ThreadPool pool(1);
  kernels::winograd_magnitudes(6, p, src.data(), weight.data(), {}, once.data(), pool);
  for (float& v : src) v *= -2;
  kernels::winograd_magnitudes(6, p, src.data(), weight.data(), {.bias = bias.data()}, twice.data(),
                               pool);
  for (std::size_t i = 0; i < once.size(); ++i) EXPECT_EQ(twice[i], 2 * once[i] + 3);
}

}  // namespace
}  // namespace u2net::engine::test
