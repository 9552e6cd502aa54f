// SPDX-License-Identifier: Apache-2.0
// Layer, instance and group normalisation (normalization.h) in vectors of W neighbours of a row:
// two passes for mean and variance, in double as in the reference kernel but in W sums side by
// side, and one that writes. A row of a layer norm stays in the first-level cache meanwhile.
#pragma once

#include <cmath>

#include "kernels/normalization/normalization.h"
#include "kernels/simd/loops-inl.h"

namespace u2net::kernels::U2NET_ISA {

// The sum of f(element in double).
template <int W, class F>
U2NET_INLINE double sum_of_row(const float* src, std::int64_t count, const F& f) {
  Doubles<W> sums{};
  std::int64_t i = 0;
  for (; i + W <= count; i += W) sums += f(to_doubles<W>(load_loose<W>(src + i)));
  double sum = sum_of_lanes<W>(sums);
  for (; i < count; ++i) {
    Doubles<W> one{};
    one[0] = static_cast<double>(src[i]);
    sum += f(one)[0];
  }
  return sum;
}

template <int W>
void normalize_row(const NormalizationParams& p, std::int64_t row, const float* src,
                   const float* scale, const float* bias, float* dst) {
  const auto length = static_cast<double>(p.length);
  const double mean =
      sum_of_row<W>(
          src, p.length, [](Doubles<W> v) __attribute__((always_inline)) { return v; }) /
      length;
  const Doubles<W> means = mean - Doubles<W>{};
  const double variance = sum_of_row<W>(
                              src, p.length,
                              [&](Doubles<W> v) __attribute__((always_inline)) {
                                const Doubles<W> difference = v - means;
                                return difference * difference;
                              }) /
                          length;
  const Vec<W> shift = splat<W>(static_cast<float>(mean)),
               factor = splat<W>(static_cast<float>(1.0 / std::sqrt(variance + p.epsilon)));
  if (p.inner == 1 && p.channels == p.length) {  // a parameter an element
    for_vectors<W>(
        p.length, [&](std::int64_t i, auto part) __attribute__((always_inline)) {
          Vec<W> value = (part.load(src + i) - shift) * factor;
          if (scale) value *= part.load(scale + i);
          if (bias) value += part.load(bias + i);
          part.store(dst + i, value);
        });
    return;
  }
  for (std::int64_t begin = 0; begin < p.length; begin += p.inner) {
    const std::int64_t c = (row * (p.length / p.inner) + begin / p.inner) % p.channels;
    const Vec<W> a = splat<W>(scale ? scale[c] : 1.0F), b = splat<W>(bias ? bias[c] : 0.0F);
    for_vectors<W>(
        p.inner, [&](std::int64_t i, auto part) __attribute__((always_inline)) {
          const std::int64_t at = begin + i;
          part.store(dst + at, madd<W>((part.load(src + at) - shift) * factor, a, b));
        });
  }
}

template <int W>
void normalization_native(const NormalizationParams& p, const float* src, const float* scale,
                          const float* bias, float* dst, ThreadPool& pool) {
  if (p.length == 0) return;
  pool.parallel_for(p.rows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      normalize_row<W>(p, row, src + row * p.length, scale, bias, dst + row * p.length);
  });
}

}  // namespace u2net::kernels::U2NET_ISA
