// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/simd/tiles.h"
#include "tests/kernels/simd/tile_code.h"

namespace u2net::kernels::U2NET_ISA {

inline void tested_dot(const Bf16* a, std::ptrdiff_t a_stride, const Bf16* b, float* c,
                       std::ptrdiff_t c_stride, bool from_zero) {
  const Tiles::Scope tiles;
  if (from_zero) {
    Tiles::zero<3>();
  } else {
    Tiles::load<3>(c, c_stride);
  }
  Tiles::load<6>(a, a_stride);
  Tiles::load<1>(b, kTileLineBytes);
  Tiles::dot<3, 6, 1>();
  Tiles::store<3>(c, c_stride);
}

inline void tested_move(const std::byte* from, std::byte* to) {
  const Tiles::Scope tiles;
  [&]<int... T>(std::integer_sequence<int, T...>) {
    (Tiles::load<T>(from + T * kTileBytes, kTileLineBytes), ...);
    (Tiles::store<T>(to + (kTileCount - 1 - T) * kTileBytes, kTileLineBytes), ...);
  }
  (std::make_integer_sequence<int, kTileCount>{});
}

}  // namespace u2net::kernels::U2NET_ISA

namespace u2net::kernels {

template <>
const test::TileCode& code_for<U2NET_ISA::kSet, test::TileCode>() {
  static constexpr test::TileCode kCode = {U2NET_ISA::tested_dot, U2NET_ISA::tested_move};
  return kCode;
}

}  // namespace u2net::kernels
