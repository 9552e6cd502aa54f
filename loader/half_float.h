// SPDX-License-Identifier: Apache-2.0
// The two 16-bit floating-point formats, of which every number is a float32.
#pragma once

#include <bit>
#include <cstdint>

namespace u2net::engine {

inline float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// What 16 bits are, where they are a number.
enum class HalfFloat : std::uint8_t { kNone, kFloat16, kBfloat16 };

// IEEE binary16: 5 bits of exponent, 10 of fraction.
inline float from_float16(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = bits >> 10 & 0x1FU, fraction = bits & 0x3FFU;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | fraction << 13);
  if (exponent == 0) {  // denormal, a multiple of 2^-24
    const float size = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -size : size;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

}  // namespace u2net::engine
