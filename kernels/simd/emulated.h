// SPDX-License-Identifier: Apache-2.0
// Kernels on tiles for any processor: slow, for tests.
#define U2NET_ISA emulated
#pragma once

#include "kernels/simd/tiles.h"

// As in portable.h.
#undef U2NET_INLINE
#define U2NET_INLINE inline

namespace u2net::kernels::emulated {

inline constexpr const InstructionSet& kSet = kEmulatedTiles;
using Tiles = EmulatedTiles;

}  // namespace u2net::kernels::emulated
