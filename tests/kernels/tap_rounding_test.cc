// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv2d/tiles/tap_rounding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/fill.h"

namespace u2net::kernels {
namespace {

using engine::test::Random;

std::vector<Bf16> rounded(const std::vector<float>& taps) {
  std::vector<Bf16> result(taps.size());
  round_taps(taps.data(), static_cast<std::int64_t>(taps.size()), result.data());
  return result;
}

std::vector<Bf16> nearest(const std::vector<float>& taps) {
  std::vector<Bf16> result;
  for (float tap : taps) result.push_back(to_bf16(tap));
  return result;
}

struct Errors {
  double sum = 0, squares = 0;

  Errors(const std::vector<float>& taps, const std::vector<Bf16>& as) {
    for (std::size_t t = 0; t < taps.size(); ++t) {
      const double error = double{to_f32(as[t])} - double{taps[t]};
      sum += error;
      squares += error * error;
    }
  }
};

// Of taps of different sizes, as trained filters have them.
TEST(TapRounding, MakesTheSumOfTheErrorsSmall) {
  Random random("tap rounding");
  double before = 0, after = 0;
  for (int repeat = 0; repeat < 2000; ++repeat) {
    std::vector<float> taps(static_cast<std::size_t>(random.integer(1, 25)));
    engine::test::fill_uniform(random, taps);
    for (float& tap : taps) tap = std::ldexp(tap, static_cast<int>(random.integer(-2, 2)));
    const std::vector<Bf16> result = rounded(taps);
    for (std::size_t t = 0; t < taps.size(); ++t) {
      const double away = std::fabs(double{to_f32(result[t])} - double{taps[t]});
      EXPECT_LT(away, std::ldexp(std::fabs(double{taps[t]}), -7)) << "no neighbour of " << taps[t];
    }
    const Errors ours(taps, result), plain(taps, nearest(taps));
    EXPECT_LE(ours.squares + ours.sum * ours.sum, plain.squares + plain.sum * plain.sum);
    if (taps.size() != 9) continue;
    double largest = 0;
    for (float tap : taps) largest = std::max(largest, std::fabs(double{tap}));
    before += std::pow(plain.sum / largest, 2);
    after += std::pow(ours.sum / largest, 2);
  }
  EXPECT_LT(5 * after, before);
}

TEST(TapRounding, LeavesWhatIsExact) {
  Random random("exact taps");
  std::vector<float> taps(9);
  engine::test::fill_uniform(random, taps);
  for (float& tap : taps) tap = to_f32(to_bf16(tap));
  const std::vector<Bf16> result = rounded(taps);
  for (std::size_t t = 0; t < taps.size(); ++t) EXPECT_EQ(to_f32(result[t]), taps[t]);
}

TEST(TapRounding, RoundsASingleTapToTheNearest) {
  for (float tap : {1.003F, -1.001F, 0.1F, 3e38F, -1e-37F})
    EXPECT_EQ(rounded({tap}).front().bits, to_bf16(tap).bits) << tap;
}

// Zeros, what becomes zero, and what is or becomes infinite: as ever, and the others do not suffer.
TEST(TapRounding, LeavesWhatIsNotNormal) {
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  const std::vector<float> odd = {0.0F,      -0.0F,      1e-39F, -1.18e-38F,
                                  kInfinite, -kInfinite, NAN,    std::numeric_limits<float>::max()};
  for (float number : odd) {
    const std::vector<float> taps = {0.3F, number, 0.7F, -1.1F};
    const std::vector<Bf16> result = rounded(taps);
    EXPECT_EQ(result[1].bits, to_bf16(number).bits) << number;
    const std::vector<Bf16> others = rounded({0.3F, 0.7F, -1.1F});
    if (std::fabs(number) < 1e-38F || !std::isfinite(number)) {
      EXPECT_EQ(result[0].bits, others[0].bits);
      EXPECT_EQ(result[2].bits, others[1].bits);
      EXPECT_EQ(result[3].bits, others[2].bits);
    }
  }
}

}  // namespace
}  // namespace u2net::kernels
