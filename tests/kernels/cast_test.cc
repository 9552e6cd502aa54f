// SPDX-License-Identifier: Apache-2.0
#include "kernels/cast/cast.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

namespace u2net::engine::test {
namespace {

template <class To, class From>
std::vector<To> cast(const std::vector<From>& values) {
  const auto dst = std::make_unique<To[]>(values.size());  // no vector<bool>
  const auto src = std::make_unique<From[]>(values.size());
  std::copy(values.begin(), values.end(), src.get());
  kernels::cast_reference<To, From>(static_cast<std::int64_t>(values.size()), src.get(), dst.get());
  return std::vector<To>(dst.get(), dst.get() + values.size());
}

template <class T>
constexpr T kMin = std::numeric_limits<T>::min();
template <class T>
constexpr T kMax = std::numeric_limits<T>::max();

constexpr float kCastNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kCastInf = std::numeric_limits<float>::infinity();

TEST(CastReference, Truncates) {
  const std::vector<float> values = {0.0F, -0.0F, 0.99F, -0.99F, 1.5F, -1.5F, 2.5F, 16777216.0F};
  EXPECT_EQ((cast<std::int32_t>(values)),
            (std::vector<std::int32_t>{0, 0, 0, 0, 1, -1, 2, 16777216}));
  EXPECT_EQ((cast<std::int64_t>(values)),
            (std::vector<std::int64_t>{0, 0, 0, 0, 1, -1, 2, 16777216}));
}

TEST(CastReference, GivesTheSmallestIntegerForWhatDoesNotFit) {
  const std::vector<float> values = {kCastNaN, kCastInf, -kCastInf, 1e30F, -1e30F};
  EXPECT_EQ((cast<std::int32_t>(values)), std::vector(5, kMin<std::int32_t>));
  EXPECT_EQ((cast<std::int64_t>(values)), std::vector(5, kMin<std::int64_t>));
  const std::vector<double> doubles(values.begin(), values.end());
  EXPECT_EQ((cast<std::int32_t>(doubles)), std::vector(5, kMin<std::int32_t>));
  EXPECT_EQ((cast<std::int64_t>(doubles)), std::vector(5, kMin<std::int64_t>));
}

TEST(CastReference, IsRightAtTheEndsOfTheRange) {
  // 2147483520 is the largest float below 2^31.
  EXPECT_EQ(
      (cast<std::int32_t, float>({2147483520.0F, 2147483648.0F, -2147483648.0F, -2147483904.0F})),
      (std::vector<std::int32_t>{2147483520, kMin<std::int32_t>, kMin<std::int32_t>,
                                 kMin<std::int32_t>}));
  EXPECT_EQ(
      (cast<std::int32_t, double>({2147483647.0, 2147483648.0, -2147483648.0})),
      (std::vector<std::int32_t>{kMax<std::int32_t>, kMin<std::int32_t>, kMin<std::int32_t>}));
  EXPECT_EQ(
      (cast<std::int64_t, float>(
          {9223371487098961920.0F, 9223372036854775808.0F, -9223372036854775808.0F})),
      (std::vector<std::int64_t>{9223371487098961920, kMin<std::int64_t>, kMin<std::int64_t>}));
}

TEST(CastReference, GoesThroughInt32ToNarrowTypes) {
  EXPECT_EQ((cast<std::uint8_t, float>({255.9F, 256.0F, -1.0F, 1e10F, kCastNaN})),
            (std::vector<std::uint8_t>{255, 0, 255, 0, 0}));
  EXPECT_EQ((cast<std::int8_t, float>({127.0F, 128.0F, -129.0F})),
            (std::vector<std::int8_t>{127, -128, 127}));
  EXPECT_EQ((cast<std::int16_t, float>({32767.0F, 32768.0F, 65536.0F})),
            (std::vector<std::int16_t>{32767, -32768, 0}));
}

TEST(CastReference, WrapsIntegers) {
  EXPECT_EQ(
      (cast<std::int32_t, std::int64_t>({std::int64_t{1} << 32, -1, (std::int64_t{1} << 31) + 5})),
      (std::vector<std::int32_t>{0, -1, kMin<std::int32_t> + 5}));
  EXPECT_EQ((cast<std::uint8_t, std::int32_t>({256, -1, 77})),
            (std::vector<std::uint8_t>{0, 255, 77}));
}

TEST(CastReference, RoundsToTheNearestFloat) {
  EXPECT_EQ((cast<float, std::int32_t>({16777217, 16777219})),
            (std::vector<float>{16777216.0F, 16777220.0F}));
  EXPECT_EQ((cast<float, double>({0.1, 1e300})), (std::vector<float>{0.1F, kCastInf}));
  EXPECT_EQ((cast<double, float>({0.1F})), (std::vector<double>{double{0.1F}}));
}

TEST(CastReference, BoolIsNotZero) {
  EXPECT_EQ((cast<bool, float>({0.0F, -0.0F, 0.25F, kCastNaN, -kCastInf})),
            (std::vector<bool>{false, false, true, true, true}));
  EXPECT_EQ((cast<bool, std::int64_t>({0, 2, std::int64_t{1} << 40})),
            (std::vector<bool>{false, true, true}));
  EXPECT_EQ((cast<float, bool>({false, true})), (std::vector<float>{0, 1}));
  EXPECT_EQ((cast<std::int64_t, bool>({true, false})), (std::vector<std::int64_t>{1, 0}));
}

}  // namespace
}  // namespace u2net::engine::test
