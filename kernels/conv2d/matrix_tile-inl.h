// SPDX-License-Identifier: Apache-2.0
// The inner loop of every convolution here: N rows times C vectors of accumulators, all in
// registers. Row t adds x[t] * u[c] for broadcast samples x. Every index is a compile-time
// constant, as arrays of accumulators that are indexed by a loop variable end up on the stack.
#pragma once

#include <utility>

#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

// Has the set an instruction for a * b[Lane] + c?
template <int W>
constexpr bool multiplies_by_lanes() {
  return requires(Vec<W> v) { VecOps<W>::template madd_lane<0>(v, v, v); };
}

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

  // Rows of a chunk, from First on, of which one load brings all samples. I: sum by sum of one
  // channel, then of the next one, so that several chains of sums go on side by side.
  template <int First, int Rows, int... I>
  U2NET_INLINE void add_lanes(const Vec<W>* u, const float* v, std::ptrdiff_t stride,
                              std::integer_sequence<int, I...>) {
    Vec<W> x[Rows];
    for (int t = 0; t < Rows; ++t) x[t] = load<W>(v + (First + t) * stride);
    ((sums[First + I / C % Rows][I % C] = VecOps<W>::template madd_lane<I / C / Rows>(
          u[I / C / Rows * C + I % C], x[I / C % Rows], sums[First + I / C % Rows][I % C])),
     ...);
  }

  // chunk() with the vectors of all of its channels in registers.
  template <int First = 0>
  U2NET_INLINE void chunk_by_lanes(const Vec<W>* u, const float* v, std::ptrdiff_t stride) {
    constexpr int kRows = N - First < 2 ? 1 : 2;
    add_lanes<First, kRows>(u, v, stride, std::make_integer_sequence<int, W * kRows * C>{});
    if constexpr (First + kRows < N) chunk_by_lanes<First + kRows>(u, v, stride);
  }

  // W input channels that lie side by side in v; u: W * C vectors. Those from `channels` on count
  // for nothing and are passed by where that saves steps.
  U2NET_INLINE void chunk(const float* u, const float* v, std::ptrdiff_t stride, int channels = W) {
    constexpr int kUnroll = W < 8 ? W : 2;  // more gains nothing and is most of the code
    if constexpr (multiplies_by_lanes<W>()) {
      Vec<W> vectors[W * C];
      for (int c = 0; c < W * C; ++c) vectors[c] = load<W>(u + c * W);
      chunk_by_lanes(vectors, v, stride);
    } else if constexpr (kUnroll == W) {
      steps(u, v, stride, std::make_integer_sequence<int, W>{});
    } else {
#pragma GCC unroll 1
      for (int s = 0; s < channels; s += kUnroll) {
        steps(u + s * C * W, v + s, stride, std::make_integer_sequence<int, kUnroll>{});
      }
    }
  }
};

}  // namespace u2net::kernels::U2NET_ISA
