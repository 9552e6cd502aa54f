// SPDX-License-Identifier: Apache-2.0
// Vectors of floats for the code that is compiled once an instruction set. The file for a set
// begins with simd/<set>.h, which names its namespace (U2NET_ISA), says how wide its vectors are
// and specialises VecOps; everything in *-inl.h goes into that namespace: an inline function
// compiled with AVX2 must never be the one that the linker keeps for the rest of the program.
#ifndef U2NET_ISA
#error "only behind the header of an instruction set"
#endif
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "kernels/base/bf16.h"
#include "kernels/base/instruction_sets.h"

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

// W numbers of lanes.
template <int W>
struct LanesType {
  typedef std::int32_t type __attribute__((vector_size(W * sizeof(std::int32_t))));
};
template <int W>
using Lanes = typename LanesType<W>::type;

// The bits of W numbers in bf16, and of W floats.
template <int W>
struct HalvesType {
  typedef std::uint16_t type __attribute__((vector_size(W * sizeof(std::uint16_t))));
  typedef std::uint32_t bits __attribute__((vector_size(W * sizeof(std::uint32_t))));
};
template <int W>
using Halves = typename HalvesType<W>::type;
template <int W>
using Bits = typename HalvesType<W>::bits;

// to_f32() and to_bf16() of kernels/base/bf16.h, number by number.
template <int W>
U2NET_INLINE Vec<W> widened_bf16(Halves<W> v) {
  return reinterpret_cast<Vec<W>>(__builtin_convertvector(v, Bits<W>) << 16);
}
template <int W>
U2NET_INLINE Halves<W> rounded_to_bf16(Vec<W> v) {
  const auto bits = reinterpret_cast<Bits<W>>(v);
  const Bits<W> magnitude = bits & 0x7fffffffU, upper = bits >> 16;
  Bits<W> result = (bits + 0x7fffU + (upper & 1U)) >> 16;
  result = magnitude > 0x7f800000U ? upper | 0x40U : result;
  result = magnitude < 0x00800000U ? upper & 0x8000U : result;
  return __builtin_convertvector(result, Halves<W>);
}

// What an instruction set may have instructions of its own for. This is what compilers make of any
// vector; simd/<set>.h specialises it for the widths of its registers.
template <int W>
struct VecOps {
  static constexpr bool kRoundsOnce = false;  // madd() and nmadd()
  static U2NET_INLINE Vec<W> madd(Vec<W> a, Vec<W> b, Vec<W> c) { return a * b + c; }
  static U2NET_INLINE Vec<W> nmadd(Vec<W> a, Vec<W> b, Vec<W> c) { return c - a * b; }
  static U2NET_INLINE Vec<W> max(Vec<W> a, Vec<W> b) { return a > b ? a : b; }
  static U2NET_INLINE Vec<W> permuted(Vec<W> v, Lanes<W> from) {
    Vec<W> result{};
    for (int i = 0; i < W; ++i) result[i] = v[from[i]];
    return result;
  }
  static U2NET_INLINE Vec<W> load_part(const float* p, std::int64_t count) {
    Vec<W> v{};
    std::memcpy(&v, p, static_cast<std::size_t>(count) * sizeof(float));
    return v;
  }
  static U2NET_INLINE void store_part(float* p, Vec<W> v, std::int64_t count) {
    std::memcpy(p, &v, static_cast<std::size_t>(count) * sizeof(float));
  }
  static U2NET_INLINE void stream(float* p, Vec<W> v) { store<W>(p, v); }
  static U2NET_INLINE void store_fence() {}
};

// The same for bf16.
template <int W>
struct Bf16Ops {
  static U2NET_INLINE Halves<W> rounded(Vec<W> v) { return rounded_to_bf16<W>(v); }
};

// 0, 1, 2 ...
template <int W>
U2NET_INLINE Vec<W> lane_numbers() {
  Vec<W> lane{};
  for (int i = 0; i < W; ++i) lane[i] = static_cast<float>(i);
  return lane;
}

// The first `count` floats, fewer than W; the others are 0, and left alone.
template <int W>
U2NET_INLINE Vec<W> load_part(const float* p, std::int64_t count) {
  return VecOps<W>::load_part(p, count);
}
template <int W>
U2NET_INLINE void store_part(float* p, Vec<W> v, std::int64_t count) {
  VecOps<W>::store_part(p, v, count);
}

// Past the caches, for what is too big to be found there again; a store_fence() ends a series.
template <int W>
U2NET_INLINE void stream(float* p, Vec<W> v) {
  VecOps<W>::stream(p, v);
}
template <int W>
U2NET_INLINE void store_fence() {
  VecOps<W>::store_fence();
}

template <int W>
U2NET_INLINE Vec<W> splat(float x) {
  return x - Vec<W>{};  // exact for every x, -0 included
}

// a * b + c, rounded once where the instruction set can.
template <int W>
U2NET_INLINE Vec<W> madd(Vec<W> a, Vec<W> b, Vec<W> c) {
  return VecOps<W>::madd(a, b, c);
}
// c - a * b
template <int W>
U2NET_INLINE Vec<W> nmadd(Vec<W> a, Vec<W> b, Vec<W> c) {
  return VecOps<W>::nmadd(a, b, c);
}

// What a maximum starts from, as in Paddle: -FLT_MAX.
constexpr float kLowest = -0x1.fffffep127F;

// a where it is greater, else b: b where either is NaN.
template <int W>
U2NET_INLINE Vec<W> max(Vec<W> a, Vec<W> b) {
  return VecOps<W>::max(a, b);
}

// Lane i is that of v which from[i] names, below W.
template <int W>
U2NET_INLINE Vec<W> permuted(Vec<W> v, Lanes<W> from) {
  return VecOps<W>::permuted(v, from);
}

// W numbers of bf16, from and to any address.
template <int W>
U2NET_INLINE Vec<W> load_bf16(const Bf16* p) {
  Halves<W> v;
  std::memcpy(&v, p, sizeof v);
  return widened_bf16<W>(v);
}
template <int W>
U2NET_INLINE void store_bf16(Bf16* p, Vec<W> v) {
  const Halves<W> rounded = Bf16Ops<W>::rounded(v);
  std::memcpy(p, &rounded, sizeof rounded);
}

// to_halves() of kernels/base/bf16.h: the upper ones at p, the lower ones at `low`.
template <int W>
U2NET_INLINE void store_halves(Bf16* p, Bf16* low, Vec<W> v) {
  const Halves<W> rounded = Bf16Ops<W>::rounded(v);
  std::memcpy(p, &rounded, sizeof rounded);
  const Vec<W> high = widened_bf16<W>(rounded);
  const auto left = reinterpret_cast<Bits<W>>(v - high);
  const Bits<W> size = reinterpret_cast<Bits<W>>(high) & 0x7fffffffU;
  store_bf16<W>(low, reinterpret_cast<Vec<W>>(size < 0x7f800000U ? left : Bits<W>{}));
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
