// SPDX-License-Identifier: Apache-2.0
// Plain C++ for vectors of 16 floats: what the templates do at that width, for tests on every
// machine.
#define U2NET_ISA portable16
#pragma once

#include "kernels/simd/vec.h"

namespace u2net::kernels::portable16 {

inline constexpr const InstructionSet& kSet = kPortable16;
constexpr int kVectorFloats = 16;
// Few, as all are on the stack anyway.
constexpr int kTileRows = 2;

}  // namespace u2net::kernels::portable16
