// SPDX-License-Identifier: Apache-2.0
// What AVX-512 F, DQ, BW and VL have instructions for, in every set that includes them.
#pragma once

#include <immintrin.h>

#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

template <>
struct VecOps<16> {
  static constexpr bool kRoundsOnce = true;
  static U2NET_INLINE Vec<16> madd(Vec<16> a, Vec<16> b, Vec<16> c) {
    return reinterpret_cast<Vec<16>>(_mm512_fmadd_ps(
        reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(c)));
  }
  static U2NET_INLINE Vec<16> nmadd(Vec<16> a, Vec<16> b, Vec<16> c) {
    return reinterpret_cast<Vec<16>>(_mm512_fnmadd_ps(
        reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(c)));
  }
  static U2NET_INLINE Vec<16> max(Vec<16> a, Vec<16> b) {
    return reinterpret_cast<Vec<16>>(
        _mm512_max_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)));
  }
  static U2NET_INLINE Vec<16> permuted(Vec<16> v, Lanes<16> from) {
    return reinterpret_cast<Vec<16>>(
        _mm512_permutexvar_ps(reinterpret_cast<__m512i>(from), reinterpret_cast<__m512>(v)));
  }
  static U2NET_INLINE __mmask16 first(std::int64_t count) {
    return static_cast<__mmask16>((1U << count) - 1);
  }
  static U2NET_INLINE Vec<16> load_part(const float* p, std::int64_t count) {
    return reinterpret_cast<Vec<16>>(_mm512_maskz_loadu_ps(first(count), p));
  }
  static U2NET_INLINE void store_part(float* p, Vec<16> v, std::int64_t count) {
    _mm512_mask_storeu_ps(p, first(count), reinterpret_cast<__m512>(v));
  }
  static U2NET_INLINE void stream(float* p, Vec<16> v) {
    _mm512_stream_ps(p, reinterpret_cast<__m512>(v));
  }
  static U2NET_INLINE void store_fence() { _mm_sfence(); }
};

}  // namespace u2net::kernels::U2NET_ISA
