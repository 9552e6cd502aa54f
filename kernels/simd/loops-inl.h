// SPDX-License-Identifier: Apache-2.0
// Loops over neighbouring floats, W at a time and what is left behind them; and sums in double.
#pragma once

#include "kernels/simd/vec.h"

namespace u2net::kernels::U2NET_ISA {

// W neighbouring floats, or the first `left` of them where that is less.
template <int W>
struct PartVector {
  std::int64_t left;

  U2NET_INLINE Vec<W> load(const float* p) const {
    return left < W ? load_part<W>(p, left) : load_loose<W>(p);
  }
  U2NET_INLINE void store(float* p, Vec<W> v) const {
    left < W ? store_part<W>(p, v, left) : store_loose<W>(p, v);
  }
  // v, and `other` in the lanes that are not there.
  U2NET_INLINE Vec<W> or_else(Vec<W> v, float other) const {
    return lane_numbers<W>() < splat<W>(static_cast<float>(left)) ? v : splat<W>(other);
  }
};

// f(i, PartVector) for the floats [0, count). Its code stands once, for a branch that a processor
// foresees.
template <int W, class F>
U2NET_INLINE void for_vectors(std::int64_t count, const F& f) {
  for (std::int64_t i = 0; i < count; i += W)
    f(i, PartVector<W>{count - i < W ? count - i : std::int64_t{W}});
}

template <int W>
struct DoublesType {
  typedef double type __attribute__((vector_size(W * sizeof(double))));
};
template <int W>
using Doubles = typename DoublesType<W>::type;

template <int W>
U2NET_INLINE Doubles<W> to_doubles(Vec<W> v) {
  return __builtin_convertvector(v, Doubles<W>);
}

template <int W>
U2NET_INLINE double sum_of_lanes(Doubles<W> v) {
  double sum = 0;
  for (int i = 0; i < W; ++i) sum += v[i];
  return sum;
}

}  // namespace u2net::kernels::U2NET_ISA
