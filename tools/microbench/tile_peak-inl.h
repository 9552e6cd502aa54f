// SPDX-License-Identifier: Apache-2.0
// A loop that does nothing but multiply tiles.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "kernels/base/bf16.h"
#include "kernels/simd/tiles.h"
#include "tools/microbench/machine_peak.h"

namespace u2net::kernels::U2NET_ISA {

// Four independent sums, as many as kernels have: a dot takes three times as long as the next one
// waits to start.
double tile_dots(std::int64_t rounds) {
  constexpr int kSums = 4, kElements = kTileBytes / static_cast<int>(sizeof(Bf16));
  const std::vector<Bf16> ones(kElements, to_bf16(1.0F));
  float sums[kTileLines * kTileOutputs];
  const Tiles::Scope scope;
  [&]<int... I>(std::integer_sequence<int, I...>) {
    (Tiles::zero<I>(), ...);
    (Tiles::load<kSums + I>(ones.data(), kTileLineBytes), ...);
  }
  (std::make_integer_sequence<int, kSums>{});
  for (std::int64_t r = 0; r < rounds; ++r) {
    Tiles::dot<0, 4, 6>();
    Tiles::dot<1, 4, 7>();
    Tiles::dot<2, 5, 6>();
    Tiles::dot<3, 5, 7>();
  }
  Tiles::store<0>(sums, kTileLineBytes);
  volatile float sink = sums[0];
  (void)sink;
  return static_cast<double>(rounds) * kSums * kTileLines * kTileOutputs * kTileDepth * 2;
}

}  // namespace u2net::kernels::U2NET_ISA

namespace u2net::kernels {

template <>
const bench::TilePeakCode& code_for<U2NET_ISA::kSet, bench::TilePeakCode>() {
  static constexpr bench::TilePeakCode kCode = {U2NET_ISA::tile_dots};
  return kCode;
}

}  // namespace u2net::kernels
