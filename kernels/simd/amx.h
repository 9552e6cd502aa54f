// SPDX-License-Identifier: Apache-2.0
// AMX with bf16, and AVX-512 for what is done beside the tiles.
#define U2NET_ISA amx
#pragma once

#include "kernels/simd/avx512bf16-inl.h"
#include "kernels/simd/tiles.h"

namespace u2net::kernels::amx {

inline constexpr const InstructionSet& kSet = kAmx;
using Tiles = AmxTiles;

}  // namespace u2net::kernels::amx
