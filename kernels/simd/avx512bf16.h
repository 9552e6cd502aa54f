// SPDX-License-Identifier: Apache-2.0
// AVX-512 with its conversions to bf16.
#define U2NET_ISA avx512bf16
#pragma once

#include "kernels/simd/avx512bf16-inl.h"

namespace u2net::kernels::avx512bf16 {

inline constexpr const InstructionSet& kSet = kAvx512Bf16;
constexpr int kVectorFloats = 16;

}  // namespace u2net::kernels::avx512bf16
