// SPDX-License-Identifier: Apache-2.0
// AVX-512 F, DQ, BW and VL: 32 registers of 16 floats.
#define U2NET_ISA avx512
#pragma once

#include "kernels/simd/avx512-inl.h"

namespace u2net::kernels::avx512 {

inline constexpr const InstructionSet& kSet = kAvx512;
constexpr int kVectorFloats = 16;
// Times 2 vectors of sums; two for the vectors. Samples are broadcast by the multiplication itself.
constexpr int kTileRows = 12;

}  // namespace u2net::kernels::avx512
