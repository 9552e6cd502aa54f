// SPDX-License-Identifier: Apache-2.0
// Plain C++ for vectors of 8 floats: what the templates do at that width, for tests on every
// machine.
#define U2NET_ISA portable8
#pragma once

#include "kernels/simd/vec.h"

namespace u2net::kernels::portable8 {

inline constexpr const InstructionSet& kSet = kPortable8;
constexpr int kVectorFloats = 8;
// Few, as all are on the stack anyway.
constexpr int kTileRows = 3;

}  // namespace u2net::kernels::portable8
