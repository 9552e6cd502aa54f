// SPDX-License-Identifier: Apache-2.0
// The inner loop of every convolution here: N rows times C vectors of accumulators, all in
// registers. Row t adds x[t] * u[c] for broadcast samples x. Every index is a compile-time
// constant, as arrays of accumulators that are indexed by a loop variable end up on the stack.
#pragma once

#include <utility>

#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

template <int W, int N, int C>
struct MatrixTile {
  Vec<W> sums[N][C];

  // Calls function(row, column) for every sum; inlined, or the sums would have to have addresses.
  template <class Function, int... I>
  static U2NET_INLINE void each(Function&& function, std::integer_sequence<int, I...>) {
    (function(std::integral_constant<int, I / C>{}, std::integral_constant<int, I % C>{}), ...);
  }
  template <class Function>
  static U2NET_INLINE void each(Function&& function) {
    each(function, std::make_integer_sequence<int, N * C>{});
  }

  U2NET_INLINE void set_zero() {
    each([&](auto t, auto c) __attribute__((always_inline)) { sums[t][c] = Vec<W>{}; });
  }

  // From C vectors, the same for every row.
  U2NET_INLINE void set(const float* row) {
    each([&](auto t, auto c) __attribute__((always_inline)) { sums[t][c] = load<W>(row + c * W); });
  }

  template <int T, int... I>
  U2NET_INLINE void add_row(const float* x, const Vec<W>* u, std::integer_sequence<int, I...>) {
    const Vec<W> sample = splat<W>(*x);
    ((sums[T][I] = madd<W>(sample, u[I], sums[T][I])), ...);
  }

  // u: C vectors; row t reads its sample at v[t * stride].
  template <int... T>
  U2NET_INLINE void step(const float* u, const float* v, std::ptrdiff_t stride,
                         std::integer_sequence<int, T...>) {
    Vec<W> vectors[C];
    for (int c = 0; c < C; ++c) vectors[c] = load<W>(u + c * W);
    (add_row<T>(v + T * stride, vectors, std::make_integer_sequence<int, C>{}), ...);
  }
  U2NET_INLINE void step(const float* u, const float* v, std::ptrdiff_t stride) {
    step(u, v, stride, std::make_integer_sequence<int, N>{});
  }

  template <int... S>
  U2NET_INLINE void steps(const float* u, const float* v, std::ptrdiff_t stride,
                          std::integer_sequence<int, S...>) {
    (step(u + S * C * W, v + S, stride), ...);
  }

  // W input channels that lie side by side in v; u: W * C vectors.
  U2NET_INLINE void chunk(const float* u, const float* v, std::ptrdiff_t stride) {
    constexpr int kUnroll = W <= 8 ? W : 2;  // a chunk of 16 would not fit the instruction cache
    if constexpr (kUnroll == W) {
      steps(u, v, stride, std::make_integer_sequence<int, W>{});
    } else {
#pragma GCC unroll 1
      for (int s = 0; s < W; s += kUnroll) {
        steps(u + s * C * W, v + s, stride, std::make_integer_sequence<int, kUnroll>{});
      }
    }
  }
};

}  // namespace u2net::kernels::U2NET_ISA
