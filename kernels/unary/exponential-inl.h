// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

// e^x for x of at most 88 in magnitude: x = n ln 2 + r with |r| <= ln(2) / 2, and the Taylor series
// of e^r, whose first term left out is below 2^-27.
template <int W>
U2NET_INLINE Vec<W> exponential(Vec<W> x) {
  typedef unsigned Bits __attribute__((vector_size(W * sizeof(unsigned))));
  constexpr float kRound = 0x1.8p23F;  // adding it leaves an integer in the low bits
  const Vec<W> shifted = madd<W>(x, splat<W>(1.44269504088896340736F), splat<W>(kRound));
  const Vec<W> n = shifted - splat<W>(kRound);
  // ln 2 in two parts, of which the first has so few bits that n times it is exact.
  Vec<W> r = nmadd<W>(n, splat<W>(0x1.62e4p-1F), x);
  r = nmadd<W>(n, splat<W>(0x1.7f7d1cp-20F), r);
  constexpr float kCoefficients[] = {1.0F / 5040, 1.0F / 720, 1.0F / 120, 1.0F / 24,
                                     1.0F / 6,    0.5F,       1,          1};
  Vec<W> sum = splat<W>(kCoefficients[0]);
  for (int i = 1; i < 8; ++i) sum = madd<W>(sum, r, splat<W>(kCoefficients[i]));
  // Times 2^n: n into the exponent.
  const Bits exponent = reinterpret_cast<Bits>(shifted) << 23;
  return reinterpret_cast<Vec<W>>(reinterpret_cast<Bits>(sum) + exponent);
}

}  // namespace u2net::kernels::U2NET_ISA
