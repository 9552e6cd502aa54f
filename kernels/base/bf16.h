// SPDX-License-Identifier: Apache-2.0
// bfloat16: the upper half of a float, so its range with 8 significant bits instead of 24. The
// definition of both conversions, for single numbers; simd/vec.h has them for vectors.
#pragma once

#include <bit>
#include <cstdint>

namespace u2net::kernels {

struct Bf16 {
  std::uint16_t bits;
};

// Exact.
[[gnu::always_inline]] constexpr float to_f32(Bf16 x) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16);
}

// To the nearest, of two that are as near to the one whose last bit is 0; beyond the largest there
// is infinity. NaN stays NaN (quiet, with its sign and what fits of its payload); what is smaller
// than the smallest normal number is zero, with its sign.
[[gnu::always_inline]] constexpr Bf16 to_bf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t magnitude = bits & 0x7fffffffU, upper = bits >> 16;
  if (magnitude > 0x7f800000U) return {static_cast<std::uint16_t>(upper | 0x40U)};
  if (magnitude < 0x00800000U) return {static_cast<std::uint16_t>(upper & 0x8000U)};
  return {static_cast<std::uint16_t>((bits + 0x7fffU + (upper & 1U)) >> 16)};
}

// A number as two: itself rounded, and what that leaves over, rounded; of what is not finite once
// it is rounded nothing. Their sum has 16 significant bits.
struct Bf16Halves {
  Bf16 high, low;
};
[[gnu::always_inline]] constexpr Bf16Halves to_halves(float x) {
  const Bf16 high = to_bf16(x);
  const bool is_finite = (high.bits & 0x7f80U) != 0x7f80U;
  return {high, is_finite ? to_bf16(x - to_f32(high)) : Bf16{0}};
}

}  // namespace u2net::kernels
