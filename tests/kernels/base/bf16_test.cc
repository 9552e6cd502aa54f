// SPDX-License-Identifier: Apache-2.0
// bf16 against its definition: of all numbers that it has, the nearest one to a float.
#include "kernels/base/bf16.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/base/element_type.h"

namespace u2net::kernels {
namespace {

constexpr float kSmallest = std::numeric_limits<float>::min();

std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

TEST(Bf16, KeepsEveryNumberThatItHas) {
  for (std::uint32_t i = 0; i < 0x10000; ++i) {
    const Bf16 x{static_cast<std::uint16_t>(i)};
    const float wide = to_f32(x);
    EXPECT_EQ(bits_of(wide), i << 16);
    const Bf16 back = to_bf16(wide);
    if (std::isnan(wide)) {
      EXPECT_EQ(back.bits, i | 0x40U);  // quiet
    } else if (std::fabs(wide) < kSmallest) {
      EXPECT_EQ(back.bits, i & 0x8000U);
    } else {
      EXPECT_EQ(back.bits, i);
    }
  }
}

// Between any two neighbours: the nearer one, and of both at once the even one.
TEST(Bf16, TakesTheNearest) {
  for (std::uint32_t i = 0x80; i < 0x7f7f; ++i) {  // finite, normal
    const double low = to_f32({static_cast<std::uint16_t>(i)}),
                 high = to_f32({static_cast<std::uint16_t>(i + 1)}), middle = (low + high) / 2;
    for (std::uint32_t lower : {0U, 1U, 0x4000U, 0x7fffU, 0x8000U, 0x8001U, 0xffffU}) {
      const float x = std::bit_cast<float>(i << 16 | lower);
      const std::uint32_t even = i + (i & 1U);
      const std::uint32_t nearest = double{x} == middle ? even : double{x} < middle ? i : i + 1;
      ASSERT_EQ(to_bf16(x).bits, nearest) << x;
      ASSERT_EQ(to_bf16(-x).bits, nearest | 0x8000U) << x;
    }
  }
}

TEST(Bf16, OverflowsToInfinityAndFlushesDenormals) {
  const auto rounded = [](float x) { return to_f32(to_bf16(x)); };
  constexpr float kLargest = 0x1.fep127F;  // of bf16
  EXPECT_EQ(rounded(kLargest), kLargest);
  EXPECT_EQ(rounded(std::nextafter(0x1.ffp127F, 0.0F)), kLargest);
  EXPECT_EQ(rounded(0x1.ffp127F), INFINITY);
  EXPECT_EQ(rounded(-std::numeric_limits<float>::max()), -INFINITY);
  EXPECT_EQ(rounded(-INFINITY), -INFINITY);
  EXPECT_EQ(bits_of(rounded(-0x1p-127F)), bits_of(-0.0F));
  EXPECT_EQ(bits_of(rounded(std::nextafter(kSmallest, 0.0F))), 0U);
  EXPECT_EQ(rounded(kSmallest), kSmallest);
  EXPECT_TRUE(std::isnan(rounded(NAN)));
  // One whose payload is all in the lower half.
  EXPECT_TRUE(std::isnan(rounded(std::bit_cast<float>(0x7f800001U))));
}

// What bounds are made of (element_type.h): no more than this, and nearly as much.
TEST(Bf16, IsOffByItsUnitAtMost) {
  const double unit = unit_of(ElementType::kBf16);
  double worst = 0;
  for (std::uint32_t i = 0x3f80; i < 0x4000; ++i) {  // 1 to 2
    for (std::uint32_t lower = 0; lower < 0x10000; lower += 0x80) {
      const float x = std::bit_cast<float>(i << 16 | lower);
      worst = std::max(worst, std::fabs(double{to_f32(to_bf16(x))} / double{x} - 1));
    }
  }
  EXPECT_LE(worst, unit);
  EXPECT_GT(worst, 0.98 * unit);
  EXPECT_EQ(bytes_of(ElementType::kBf16), sizeof(Bf16));
  EXPECT_EQ(name_of(ElementType::kBf16), "bf16");
}

}  // namespace
}  // namespace u2net::kernels
