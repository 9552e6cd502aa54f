// SPDX-License-Identifier: Apache-2.0
// The conversion to bf16 that AVX-512 BF16 has an instruction for.
#pragma once

#include "kernels/simd/avx512-inl.h"

namespace u2net::kernels::U2NET_ISA {

template <>
struct Bf16Ops<16> {
  static U2NET_INLINE Halves<16> rounded(Vec<16> v) {
    return reinterpret_cast<Halves<16>>(_mm512_cvtneps_pbh(reinterpret_cast<__m512>(v)));
  }
};

}  // namespace u2net::kernels::U2NET_ISA
