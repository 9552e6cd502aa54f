// SPDX-License-Identifier: Apache-2.0
// The emulated tiles against their arithmetic written down step by step in double, and the
// hardware's against the emulated ones, to the bit.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/base/cpu.h"
#include "kernels/base/float_scope.h"
#include "kernels/base/instruction_sets.h"
#include "tests/kernels/simd/tile_code.h"
#include "tests/support/fill.h"

namespace u2net::kernels::test {
namespace {

using engine::test::Random;

constexpr int kRows = 16, kDepth = 32, kOutputs = 16;

struct Operands {
  Bf16 a[kRows][kDepth], b[kDepth / 2][kOutputs][2];
  float c[kRows][kOutputs];
};

// Any finite number whose exponent is in [low, low + span).
Bf16 number(Random& random, std::int64_t low, std::int64_t span) {
  return {static_cast<std::uint16_t>(random.integer(0, 1) << 15 |
                                     random.integer(low, low + span - 1) << 7 |
                                     random.integer(0, 127))};
}

// By turns: products and sums that are denormal, ordinary numbers, near cancellation, near
// overflow, everything there is.
void draw(Random& random, int turn, Operands& operands) {
  struct Range {
    int a, b, c, span;
  };
  constexpr Range kRanges[] = {{0, 120, 0, 16},    {60, 60, 1, 8},     {120, 120, 113, 16},
                               {126, 126, 126, 3}, {188, 188, 250, 4}, {0, 0, 0, 254}};
  const Range& r = kRanges[turn % 6];
  for (auto& row : operands.a)
    for (Bf16& x : row) x = number(random, r.a, r.span);
  for (auto& pair : operands.b)
    for (auto& output : pair)
      for (Bf16& x : output) x = number(random, r.b, r.span);
  for (auto& row : operands.c) {
    for (float& x : row) {
      x = std::bit_cast<float>(std::uint32_t{number(random, r.c, r.span).bits} << 16 |
                               static_cast<std::uint32_t>(random.integer(0, 0xffff)));
    }
  }
}

float flushed(float x) { return std::fabs(x) < 0x1p-126F ? std::copysign(0.0F, x) : x; }

// As the manual has it, by the library's fused multiply-add.
float expected(const Operands& o, int m, int n, bool from_zero) {
  float sums[2] = {};
  for (int k = 0; k < kDepth; ++k) {
    const float a = flushed(to_f32(o.a[m][k])), b = flushed(to_f32(o.b[k / 2][n][k % 2]));
    sums[k % 2] = flushed(std::fma(a, b, sums[k % 2]));
  }
  const float c = from_zero ? 0.0F : flushed(o.c[m][n]);
  return flushed(c + flushed(sums[0] + sums[1]));
}

bool same_number(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

void check_products(const TileCode& code, int turns) {
  Random random("tiles", 0);
  for (int turn = 0; turn < turns; ++turn) {
    Operands o;
    draw(random, turn, o);
    const bool from_zero = turn % 4 == 0;
    float got[kRows][kOutputs];
    std::memcpy(got, o.c, sizeof got);
    code.dot(o.a[0], sizeof o.a[0], o.b[0][0], got[0], sizeof got[0], from_zero);
    for (int m = 0; m < kRows; ++m) {
      for (int n = 0; n < kOutputs; ++n) {
        const float value = expected(o, m, n, from_zero);
        ASSERT_TRUE(same_number(got[m][n], value))
            << random.repro() << " turn " << turn << " at " << m << ", " << n << ": " << value
            << ", got " << got[m][n];
      }
    }
  }
}

const TileCode& emulated() { return code_for<kEmulatedTiles, TileCode>(); }

TEST(EmulatedTiles, MultiplyAsTheManualHasIt) { check_products(emulated(), 600); }

// Whatever the caller's environment.
TEST(EmulatedTiles, MultiplyTheSameInAKernel) {
  const FloatScope floats;
  check_products(emulated(), 120);
}

TEST(EmulatedTiles, KeepInfinitiesAndNan) {
  Operands o = {};
  const auto bf16 = [](float x) { return to_bf16(x); };
  for (auto& row : o.a) row[0] = bf16(1), row[1] = bf16(1);
  o.b[0][0][0] = bf16(INFINITY);
  o.b[0][1][0] = bf16(NAN);
  o.b[0][2][0] = bf16(INFINITY), o.b[0][2][1] = bf16(-INFINITY);
  emulated().dot(o.a[0], sizeof o.a[0], o.b[0][0], o.c[0], sizeof o.c[0], false);
  for (const auto& row : o.c) {
    EXPECT_EQ(row[0], INFINITY);
    EXPECT_TRUE(std::isnan(row[1]));
    EXPECT_TRUE(std::isnan(row[2]));
    EXPECT_EQ(row[3], 0.0F);
  }
}

void check_moves(const TileCode& code) {
  std::vector<std::byte> from(8 * 1024), to(8 * 1024);
  Random random("tiles moved", 0);
  for (std::byte& b : from) b = static_cast<std::byte>(random.integer(0, 255));
  code.move(from.data(), to.data());
  for (int tile = 0; tile < 8; ++tile)
    EXPECT_EQ(std::memcmp(from.data() + tile * 1024, to.data() + (7 - tile) * 1024, 1024), 0);
}

// Rows that overlap, as neighbouring pixels do, and results with room between them.
void check_strides(const TileCode& code) {
  Random random("tiles strided", 0);
  for (const std::ptrdiff_t pixel : {8, 16, 32, 64, 128}) {
    Operands o;
    draw(random, 2, o);
    std::vector<Bf16> image(static_cast<std::size_t>(15 * pixel / 2 + kDepth));
    for (Bf16& x : image) x = number(random, 120, 8);
    for (int m = 0; m < kRows; ++m)
      std::memcpy(o.a[m], image.data() + m * pixel / 2, sizeof o.a[m]);
    float got[kRows][3 * kOutputs];
    for (auto& row : got)
      for (float& x : row) x = 77;
    code.dot(image.data(), pixel, o.b[0][0], got[0], sizeof got[0], true);
    for (int m = 0; m < kRows; ++m) {
      for (int n = 0; n < 3 * kOutputs; ++n) {
        ASSERT_EQ(got[m][n], n < kOutputs ? expected(o, m, n, true) : 77) << pixel;
      }
    }
  }
}

TEST(EmulatedTiles, MoveAndStride) {
  check_moves(emulated());
  check_strides(emulated());
}

#ifdef U2NET_X86
TEST(AmxTiles, GiveTheSameBits) {
  if (!detected_features().contains(kAmx.features)) GTEST_SKIP() << "this machine has no AMX";
  if (!tiles_are_permitted()) GTEST_SKIP() << "the system does not permit AMX";
  const TileCode& code = code_for<kAmx, TileCode>();
  check_products(code, 4000);
  check_moves(code);
  check_strides(code);
}
#endif

}  // namespace
}  // namespace u2net::kernels::test
