// SPDX-License-Identifier: Apache-2.0
// Plain C++ for any processor: vectors of 4 floats, which most have.
#define U2NET_ISA portable
#pragma once

#include "kernels/simd/vec.h"

#ifdef U2NET_X86
// No processor of today needs this set there, so its size counts: the compiler says what is
// inlined.
#undef U2NET_INLINE
#define U2NET_INLINE inline
#endif

namespace u2net::kernels::portable {

inline constexpr const InstructionSet& kSet = kPortable;
constexpr int kVectorFloats = 4;
constexpr int kTileRows = 6;

}  // namespace u2net::kernels::portable
