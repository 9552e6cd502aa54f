// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv2d/tiles/tap_rounding.h"

#include <bit>

namespace u2net::kernels {
namespace {

bool is_normal(Bf16 x) {
  const int exponent = x.bits & 0x7f80;
  return exponent != 0 && exponent != 0x7f80;
}

// The other one of the two numbers that `tap` lies between.
Bf16 beyond(float tap, Bf16 rounded) {
  const auto magnitude = [](float x) { return std::bit_cast<std::uint32_t>(x) & 0x7fffffffU; };
  const int step = magnitude(to_f32(rounded)) > magnitude(tap) ? -1 : 1;
  return {static_cast<std::uint16_t>(rounded.bits + step)};
}

}  // namespace

void round_taps(const float* taps, std::int64_t count, Bf16* rounded) {
  const auto error = [&](std::int64_t t, Bf16 as) {  // exact: the two are neighbours
    return is_normal(as) ? to_f32(as) - taps[t] : 0.0F;
  };
  float sum = 0;
  for (std::int64_t t = 0; t < count; ++t) {
    rounded[t] = to_bf16(taps[t]);
    sum += error(t, rounded[t]);
  }
  // Next to nothing is left to gain after two rounds.
  bool changed = true;
  for (int round = 0; round < 2 && changed; ++round) {
    changed = false;
    for (std::int64_t t = 0; t < count; ++t) {
      const float now = error(t, rounded[t]);
      if (now == 0) continue;
      const Bf16 other = beyond(taps[t], rounded[t]);
      if (!is_normal(other)) continue;
      const float then = error(t, other), rest = sum - now;
      if (then * then + (rest + then) * (rest + then) >= now * now + sum * sum) continue;
      rounded[t] = other;
      sum = rest + then;
      changed = true;
    }
  }
}

}  // namespace u2net::kernels
