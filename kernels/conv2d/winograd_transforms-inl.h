// SPDX-License-Identifier: Apache-2.0
// The one-dimensional transforms of F(m, 3), on vectors of channels. With interpolation points 0,
// +-p_i and infinity, B^T and A^T have only sums over even and over odd powers to compute, and the
// results for +p and -p are their sum and difference. The signs fit transform_filter().
#pragma once

#include "kernels/conv2d/winograd.h"
#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

template <int W>
U2NET_INLINE Vec<W> times(double factor, Vec<W> v) {
  return factor == 1 ? v : splat<W>(static_cast<float>(factor)) * v;
}
template <int W>
U2NET_INLINE Vec<W> add_times(Vec<W> sum, double factor, Vec<W> v) {
  return factor == 1 ? sum + v : madd<W>(splat<W>(static_cast<float>(factor)), v, sum);
}
template <int W>
U2NET_INLINE Vec<W> subtract_times(Vec<W> sum, double factor, Vec<W> v) {
  return factor == 1 ? sum - v : nmadd<W>(splat<W>(static_cast<float>(factor)), v, sum);
}

// o[M + 2] = B^T d
template <int W, int M>
U2NET_INLINE void transform_input(const Vec<W> (&d)[M + 2], Vec<W> (&o)[M + 2]) {
  using Points = WinogradPoints<M>;
  constexpr double a2 = Points::a * Points::a, b2 = Points::b * Points::b;
  if constexpr (M == 4) {
    const auto pair = [&](double p, double q2, Vec<W>& plus, Vec<W>& minus)
        __attribute__((always_inline)) {
      const Vec<W> even = subtract_times<W>(d[4], q2, d[2]),
                   odd = subtract_times<W>(d[3], q2, d[1]);
      plus = add_times<W>(even, p, odd);
      minus = subtract_times<W>(even, p, odd);
    };
    pair(Points::a, b2, o[1], o[2]);
    pair(Points::b, a2, o[3], o[4]);
    o[0] = add_times<W>(subtract_times<W>(d[4], a2 + b2, d[2]), a2 * b2, d[0]);
    o[5] = add_times<W>(subtract_times<W>(d[5], a2 + b2, d[3]), a2 * b2, d[1]);
  } else {
    static_assert(Points::a == 1 && Points::b == 2 && Points::c == 0.5);
    // As many additions as multiplications: many processors do both at once.
    const auto sum =
        [](Vec<W> x, double fy, Vec<W> y, double fz, Vec<W> z) __attribute__((always_inline)) {
      return add_times<W>(add_times<W>(x, fy, y), fz, z);
    };
    const auto pair =
        [](Vec<W> even, Vec<W> odd, Vec<W> & plus, Vec<W> & minus) __attribute__((always_inline)) {
      plus = even + odd;
      minus = even - odd;
    };
    pair(add_times<W>(d[6] + d[2], -4.25, d[4]), add_times<W>(d[5] + d[1], -4.25, d[3]), o[1],
         o[2]);
    pair(sum(d[6], -1.25, d[4], 0.25, d[2]), sum(d[5] + d[5], -2.5, d[3], 0.5, d[1]), o[3], o[4]);
    pair(sum(d[6], -5, d[4], 4, d[2]), sum(d[1] + d[1], -2.5, d[3], 0.5, d[5]), o[5], o[6]);
    o[0] = add_times<W>(d[6] - d[0], 5.25, d[2] - d[4]);
    o[7] = add_times<W>(d[7] - d[1], 5.25, d[3] - d[5]);
  }
}

// u[M + 2] = G g. A row of G has the powers of its point, divided by the product of the differences
// to all other points.
template <int W, int M>
U2NET_INLINE void transform_filter(const Vec<W> (&g)[3], Vec<W> (&u)[M + 2]) {
  static_assert(M == 4);
  using Points = WinogradPoints<M>;
  constexpr double a2 = Points::a * Points::a, b2 = Points::b * Points::b;
  const auto pair = [&](double p, double norm, Vec<W>& plus, Vec<W>& minus)
      __attribute__((always_inline)) {
    const Vec<W> even = add_times<W>(times<W>(1 / norm, g[0]), p * p / norm, g[2]);
    plus = add_times<W>(even, p / norm, g[1]);
    minus = subtract_times<W>(even, p / norm, g[1]);
  };
  u[0] = times<W>(static_cast<float>(1 / (a2 * b2)), g[0]);  // 1, as a float
  pair(Points::a, 2 * a2 * (a2 - b2), u[1], u[2]);
  pair(Points::b, 2 * b2 * (b2 - a2), u[3], u[4]);
  u[5] = g[2];
}

// y[M] = A^T m
template <int W, int M>
U2NET_INLINE void transform_output(const Vec<W> (&m)[M + 2], Vec<W> (&y)[M]) {
  using Points = WinogradPoints<M>;
  constexpr double a = Points::a, b = Points::b, a2 = a * a, b2 = b * b;
  const Vec<W> sum_a = m[1] + m[2], dif_a = m[1] - m[2], sum_b = m[3] + m[4], dif_b = m[3] - m[4];
  if constexpr (M == 4) {
    y[0] = m[0] + sum_a + sum_b;
    y[1] = add_times<W>(times<W>(a, dif_a), b, dif_b);
    y[2] = add_times<W>(times<W>(a2, sum_a), b2, sum_b);
    y[3] = add_times<W>(add_times<W>(m[5], a2 * a, dif_a), b2 * b, dif_b);
  } else {
    constexpr double c = Points::c, c2 = c * c;
    const Vec<W> sum_c = m[5] + m[6], dif_c = m[5] - m[6];
    const auto powers = [&](double pa, double pb, double pc, Vec<W> va, Vec<W> vb, Vec<W> vc)
        __attribute__((always_inline)) {
      return add_times<W>(add_times<W>(times<W>(pa, va), pb, vb), pc, vc);
    };
    y[0] = (m[0] + sum_a) + (sum_b + sum_c);
    y[1] = powers(a, b, c, dif_a, dif_b, dif_c);
    y[2] = powers(a2, b2, c2, sum_a, sum_b, sum_c);
    y[3] = powers(a2 * a, b2 * b, c2 * c, dif_a, dif_b, dif_c);
    y[4] = powers(a2 * a2, b2 * b2, c2 * c2, sum_a, sum_b, sum_c);
    y[5] = add_times<W>(add_times<W>(add_times<W>(m[7], a2 * a2 * a, dif_a), b2 * b2 * b, dif_b),
                        c2 * c2 * c, dif_c);
  }
}

}  // namespace u2net::kernels::U2NET_ISA
