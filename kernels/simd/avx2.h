// SPDX-License-Identifier: Apache-2.0
// AVX2 and FMA: 16 registers of 8 floats.
#define U2NET_ISA avx2
#pragma once

#include <immintrin.h>

#include "kernels/simd/vec.h"

namespace u2net::kernels::avx2 {

inline constexpr const InstructionSet& kSet = kAvx2;
constexpr int kVectorFloats = 8;
// Times 2 vectors of sums; two for the vectors, one for a sample.
constexpr int kTileRows = 6;

template <>
struct VecOps<8> {
  static constexpr bool kRoundsOnce = true;
  static U2NET_INLINE Vec<8> madd(Vec<8> a, Vec<8> b, Vec<8> c) {
    return reinterpret_cast<Vec<8>>(_mm256_fmadd_ps(
        reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c)));
  }
  static U2NET_INLINE Vec<8> nmadd(Vec<8> a, Vec<8> b, Vec<8> c) {
    return reinterpret_cast<Vec<8>>(_mm256_fnmadd_ps(
        reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c)));
  }
  static U2NET_INLINE Vec<8> max(Vec<8> a, Vec<8> b) {
    return reinterpret_cast<Vec<8>>(
        _mm256_max_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b)));
  }
  static U2NET_INLINE Vec<8> permuted(Vec<8> v, Lanes<8> from) {
    return reinterpret_cast<Vec<8>>(
        _mm256_permutevar8x32_ps(reinterpret_cast<__m256>(v), reinterpret_cast<__m256i>(from)));
  }
  static U2NET_INLINE __m256i first(std::int64_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static U2NET_INLINE Vec<8> load_part(const float* p, std::int64_t count) {
    return reinterpret_cast<Vec<8>>(_mm256_maskload_ps(p, first(count)));
  }
  static U2NET_INLINE void store_part(float* p, Vec<8> v, std::int64_t count) {
    _mm256_maskstore_ps(p, first(count), reinterpret_cast<__m256>(v));
  }
  static U2NET_INLINE void stream(float* p, Vec<8> v) {
    _mm256_stream_ps(p, reinterpret_cast<__m256>(v));
  }
  static U2NET_INLINE void store_fence() { _mm_sfence(); }
};

}  // namespace u2net::kernels::avx2
