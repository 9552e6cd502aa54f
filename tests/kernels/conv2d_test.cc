// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv2d/conv2d.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/conv2d_cases.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/guarded.h"

namespace u2net::engine::test {
namespace {

using kernels::Conv2dEpilogue;
using kernels::Conv2dParams;

struct Conv2dProblem {
  Conv2dParams p;
  Guarded src, weight, bias, residual;
  Conv2dEpilogue epilogue;

  // `parts`: bit 0 bias, 1 relu, 2 residual, 3 relu after the residual. Every operand starts at
  // another distance from a vector boundary.
  Conv2dProblem(const Conv2dParams& params, int parts)
      : p(params),
        src(static_cast<std::size_t>(p.n * p.ic * p.ih * p.iw), 1),
        weight(static_cast<std::size_t>(p.oc * (p.ic / p.groups) * p.kh * p.kw), 2),
        bias(static_cast<std::size_t>(p.oc), 3),
        residual(static_cast<std::size_t>(p.n * p.oc * p.oh * p.ow), 5) {
    if (parts & 1) epilogue.bias = bias.data();
    epilogue.relu = parts & 2;
    if (parts & 4) epilogue.residual = residual.data();
    epilogue.relu_after_residual = (parts & 4) && (parts & 8);
  }

  template <class F>
  void fill(F f) {
    for (Guarded* g : {&src, &weight, &bias, &residual}) f(g->span());
  }
  Guarded run(int threads) const {
    Guarded dst(residual.span().size(), 7);
    kernels::ThreadPool pool(threads);
    conv2d_reference(p, src.data(), weight.data(), epilogue, dst.data(), pool);
    EXPECT_TRUE(dst.canaries_are_intact()) << text_of(p);
    return dst;
  }
};

// The definition in kernels/conv2d/conv2d.h, in double. The error of the kernel: one rounding a
// product and one an addition within a channel (kh * kw of each at most), none worth mentioning in
// the sum over channels (double), one when it is stored and one for the residual.
std::vector<Truth> convolve(const Conv2dProblem& problem) {
  const Conv2dParams& p = problem.p;
  const Conv2dEpilogue& e = problem.epilogue;
  const std::int64_t icg = p.ic / p.groups, ocg = p.oc / p.groups;
  std::vector<Truth> all;
  for (std::int64_t n = 0; n < p.n; ++n) {
    for (std::int64_t oc = 0; oc < p.oc; ++oc) {
      for (std::int64_t oh = 0; oh < p.oh; ++oh) {
        for (std::int64_t ow = 0; ow < p.ow; ++ow) {
          double sum = e.bias ? e.bias[oc] : 0, magnitude = std::abs(sum);
          for (std::int64_t ic = 0; ic < icg; ++ic) {
            for (std::int64_t kh = 0; kh < p.kh; ++kh) {
              for (std::int64_t kw = 0; kw < p.kw; ++kw) {
                const std::int64_t y = oh * p.stride_h - p.pad_top + kh * p.dilation_h;
                const std::int64_t x = ow * p.stride_w - p.pad_left + kw * p.dilation_w;
                if (y < 0 || y >= p.ih || x < 0 || x >= p.iw) continue;
                const std::int64_t channel = oc / ocg * icg + ic;
                const double product =
                    double{problem.src.data()[((n * p.ic + channel) * p.ih + y) * p.iw + x]} *
                    problem.weight.data()[((oc * icg + ic) * p.kh + kh) * p.kw + kw];
                sum += product;
                magnitude += std::abs(product);
              }
            }
          }
          if (e.relu) sum = std::max(sum, 0.0);
          if (e.residual) {
            const double r = e.residual[all.size()];
            sum += r;
            magnitude += std::abs(r);
          }
          if (e.relu_after_residual) sum = std::max(sum, 0.0);
          const auto roundings = static_cast<double>(2 * p.kh * p.kw + 2);
          all.push_back({sum, roundings * kFloatRounding * magnitude});
        }
      }
    }
  }
  return all;
}

Shape dst_shape(const Conv2dParams& p) { return {p.n, p.oc, p.oh, p.ow}; }

TEST(Conv2dReference, IsExactOnIntegers) {
  int number = 0;
  for (const Conv2dParams& p : conv_cases(300)) {
    Random random("conv2d integers", static_cast<std::uint64_t>(number));
    Conv2dProblem problem(p, number % 16);
    problem.fill([&](std::span<float> values) { fill_integers(random, values); });
    std::vector<Truth> truth = convolve(problem);
    for (Truth& t : truth) t.bound = 0;
    const std::string repro =
        text_of(p) + " epilogue " + std::to_string(number % 16) + " " + random.repro();
    ASSERT_TRUE(near_truth(dst_shape(p), truth, problem.run(1 + number % 3).span(), repro));
    ++number;
  }
}

TEST(Conv2dReference, RoundsAsLittleAsItsSumsAllow) {
  int number = 0;
  for (const Conv2dParams& p : conv_cases(100)) {
    Random random("conv2d uniform", static_cast<std::uint64_t>(number));
    Conv2dProblem problem(p, (number * 7) % 16);
    problem.fill([&](std::span<float> values) { fill_uniform(random, values); });
    const std::string repro =
        text_of(p) + " epilogue " + std::to_string((number * 7) % 16) + " " + random.repro();
    ASSERT_TRUE(near_truth(dst_shape(p), convolve(problem), problem.run(1).span(), repro));
    ++number;
  }
}

TEST(Conv2dReference, DoesNotDependOnTheNumberOfThreads) {
  int number = 0;
  for (const Conv2dParams& p : conv_cases(20)) {
    Random random("conv2d threads", static_cast<std::uint64_t>(number++));
    Conv2dProblem problem(p, 15);
    problem.fill([&](std::span<float> values) { fill_uniform(random, values); });
    Guarded one = problem.run(1);
    for (int threads = 2; threads <= 5; ++threads) {
      Guarded many = problem.run(threads);
      ASSERT_TRUE(same_bits({DType::kFloat32, dst_shape(p), one.data()},
                            {DType::kFloat32, dst_shape(p), many.data()},
                            text_of(p) + ", threads " + std::to_string(threads)));
    }
  }
}

TEST(Conv2dReference, MayWriteOverItsResidual) {
  const Conv2dParams p = conv_params({.n = 2,
                                      .ic = 3,
                                      .ih = 7,
                                      .iw = 5,
                                      .oc = 4,
                                      .kh = 3,
                                      .kw = 3,
                                      .top = 1,
                                      .bottom = 1,
                                      .left = 1,
                                      .right = 1});
  Random random("conv2d in place");
  Conv2dProblem problem(p, 15);
  problem.fill([&](std::span<float> values) { fill_uniform(random, values); });
  Guarded apart = problem.run(2);
  kernels::ThreadPool pool(2);
  conv2d_reference(p, problem.src.data(), problem.weight.data(), problem.epilogue,
                   problem.residual.data(), pool);
  EXPECT_TRUE(same_bits({DType::kFloat32, dst_shape(p), apart.data()},
                        {DType::kFloat32, dst_shape(p), problem.residual.data()}, random.repro()));
  EXPECT_TRUE(problem.residual.canaries_are_intact());
}

TEST(Conv2dReference, SpreadsNaNAsFarAsTheWindowReaches) {
  const Conv2dParams p = conv_params(
      {.ih = 5, .iw = 6, .kh = 3, .kw = 3, .top = 1, .bottom = 1, .left = 1, .right = 1});
  Conv2dProblem problem(p, 0);
  problem.fill([](std::span<float> values) { std::fill(values.begin(), values.end(), 1.0F); });
  problem.src.data()[2 * 6 + 3] = std::numeric_limits<float>::quiet_NaN();
  const Guarded dst = problem.run(1);
  for (std::int64_t y = 0; y < 5; ++y) {
    for (std::int64_t x = 0; x < 6; ++x) {
      const bool reached = std::abs(y - 2) <= 1 && std::abs(x - 3) <= 1;
      EXPECT_EQ(std::isnan(dst.data()[y * 6 + x]), reached) << y << ", " << x;
    }
  }
}

TEST(Conv2dReference, AppliesItsEpilogueInOrder) {
  // A sum of -5 + bias 2 = -3; relu 0; residual -4 -> -4; relu 0.
  const Conv2dParams p = conv_params({});
  const float src = -5, weight = 1, bias = 2, residual = -4;
  const auto run = [&](Conv2dEpilogue e) {
    kernels::ThreadPool pool(1);
    float dst = std::numeric_limits<float>::quiet_NaN();
    conv2d_reference(p, &src, &weight, e, &dst, pool);
    return dst;
  };
  EXPECT_EQ(run({}), -5);
  EXPECT_EQ(run({.bias = &bias}), -3);
  EXPECT_EQ(run({.bias = &bias, .relu = true}), 0);
  EXPECT_EQ(run({.bias = &bias, .residual = &residual}), -7);
  EXPECT_EQ(run({.bias = &bias, .relu = true, .residual = &residual}), -4);
  EXPECT_EQ(run({.bias = &bias, .relu = true, .residual = &residual, .relu_after_residual = true}),
            0);
}

}  // namespace
}  // namespace u2net::engine::test
