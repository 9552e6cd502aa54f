// SPDX-License-Identifier: Apache-2.0
// Vectors of floats for the files that are compiled once an instruction set. Such a file defines
// U2NET_ISA (avx2, avx512, portable) and includes *-inl.h headers, whose contents go into a
// namespace of that name: an inline function compiled with AVX2 must never be the one that the
// linker keeps for the rest of the program.
#ifndef U2NET_ISA
#error "only for files that are compiled for one instruction set"
#endif
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#ifdef __AVX__
#include <immintrin.h>
#endif

#define U2NET_INLINE inline __attribute__((always_inline))

namespace u2net::kernels::U2NET_ISA {

template <int W>
struct VecType {
  typedef float type __attribute__((vector_size(W * sizeof(float))));
  typedef float loose __attribute__((vector_size(W * sizeof(float)), aligned(4), may_alias));
  typedef float packed __attribute__((vector_size(W * sizeof(float)), may_alias));
};
// W floats, W a power of two. Wider than a register, the compiler splits it.
template <int W>
using Vec = typename VecType<W>::type;

// From and to addresses that are multiples of the vector's size; the loose ones from any.
template <int W>
U2NET_INLINE Vec<W> load(const float* p) {
  return *reinterpret_cast<const typename VecType<W>::packed*>(p);
}
template <int W>
U2NET_INLINE Vec<W> load_loose(const float* p) {
  return *reinterpret_cast<const typename VecType<W>::loose*>(p);
}
template <int W>
U2NET_INLINE void store(float* p, Vec<W> v) {
  *reinterpret_cast<typename VecType<W>::packed*>(p) = v;
}
template <int W>
U2NET_INLINE void store_loose(float* p, Vec<W> v) {
  *reinterpret_cast<typename VecType<W>::loose*>(p) = v;
}

// Past the caches, for what is too big to be found there again; a store_fence() ends a series.
template <int W>
U2NET_INLINE void stream(float* p, Vec<W> v) {
#ifdef __AVX512F__
  if constexpr (W == 16) return _mm512_stream_ps(p, reinterpret_cast<__m512>(v));
#endif
#ifdef __AVX__
  if constexpr (W == 8) return _mm256_stream_ps(p, reinterpret_cast<__m256>(v));
#endif
  store<W>(p, v);
}
U2NET_INLINE void store_fence() {
#ifdef __AVX__
  _mm_sfence();
#endif
}

template <int W>
U2NET_INLINE Vec<W> splat(float x) {
  return x - Vec<W>{};  // exact for every x, -0 included
}

// a * b + c, rounded once where the instruction set can.
template <int W>
U2NET_INLINE Vec<W> madd(Vec<W> a, Vec<W> b, Vec<W> c) {
#ifdef __AVX512F__
  if constexpr (W == 16) {
    return reinterpret_cast<Vec<W>>(_mm512_fmadd_ps(
        reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(c)));
  }
#endif
#ifdef __FMA__
  if constexpr (W == 8) {
    return reinterpret_cast<Vec<W>>(_mm256_fmadd_ps(
        reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c)));
  }
#endif
  return a * b + c;
}
// c - a * b
template <int W>
U2NET_INLINE Vec<W> nmadd(Vec<W> a, Vec<W> b, Vec<W> c) {
#ifdef __AVX512F__
  if constexpr (W == 16) {
    return reinterpret_cast<Vec<W>>(_mm512_fnmadd_ps(
        reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(c)));
  }
#endif
#ifdef __FMA__
  if constexpr (W == 8) {
    return reinterpret_cast<Vec<W>>(_mm256_fnmadd_ps(
        reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c)));
  }
#endif
  return c - a * b;
}

// What a maximum starts from, as in Paddle: -FLT_MAX.
constexpr float kLowest = -0x1.fffffep127F;

// a where it is greater, else b: b where either is NaN.
template <int W>
U2NET_INLINE Vec<W> max(Vec<W> a, Vec<W> b) {
#ifdef __AVX512F__
  if constexpr (W == 16) {
    return reinterpret_cast<Vec<W>>(
        _mm512_max_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)));
  }
#endif
#ifdef __AVX__
  if constexpr (W == 8) {
    return reinterpret_cast<Vec<W>>(
        _mm256_max_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b)));
  }
#endif
  return a > b ? a : b;
}

// NaN and -0 give +0, as the reference does.
template <int W>
U2NET_INLINE Vec<W> relu(Vec<W> v) {
  return max<W>(v, Vec<W>{});
}

// The sum of the elements, pair by pair: the same tree for every instruction set.
template <int W>
U2NET_INLINE float sum(Vec<W> v) {
  if constexpr (W == 1) {
    return v[0];
  } else {
    constexpr int kHalf = W / 2;
    return [&]<int... I>(std::integer_sequence<int, I...>) {
      return sum<kHalf>(Vec<kHalf>{(v[I] + v[I + kHalf])...});
    }
    (std::make_integer_sequence<int, kHalf>{});
  }
}

// Hints: a line that will be read soon (into the second level), or written.
U2NET_INLINE void prefetch(const float* p) { __builtin_prefetch(p, 0, 2); }
U2NET_INLINE void prefetch_for_write(const float* p) { __builtin_prefetch(p, 1, 3); }

}  // namespace u2net::kernels::U2NET_ISA
