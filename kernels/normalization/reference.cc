// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "kernels/normalization/normalization.h"

namespace u2net::kernels {
namespace {

// The sum of f(src[i]), in eight sums side by side: one would wait for itself.
template <class T, class F>
double sum_of(const T* src, std::int64_t count, const F& f) {
  constexpr std::int64_t kLanes = 8;
  double lanes[kLanes] = {}, sum = 0;
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += f(src[i + lane]);
  }
  for (; i < count; ++i) sum += f(src[i]);
  for (double lane : lanes) sum += lane;
  return sum;
}

template <class T>
void normalize_row(const NormalizationParams& p, std::int64_t row, const T* src, const T* scale,
                   const T* bias, T* dst) {
  const auto length = static_cast<double>(p.length);
  const double mean = sum_of(src, p.length, [](T v) { return static_cast<double>(v); }) / length;
  const double variance = sum_of(src, p.length,
                                 [mean](T v) {
                                   const double difference = static_cast<double>(v) - mean;
                                   return difference * difference;
                                 }) /
                          length;
  const auto shift = static_cast<T>(mean);
  const auto factor = static_cast<T>(1.0 / std::sqrt(variance + p.epsilon));
  if (p.inner == 1 && p.channels == p.length) {  // a parameter an element
    for (std::int64_t i = 0; i < p.length; ++i) {
      const T value = (src[i] - shift) * factor;
      dst[i] = (scale ? value * scale[i] : value) + (bias ? bias[i] : T{});
    }
    return;
  }
  for (std::int64_t begin = 0; begin < p.length; begin += p.inner) {
    const std::int64_t c = (row * (p.length / p.inner) + begin / p.inner) % p.channels;
    const T a = scale ? scale[c] : T{1}, b = bias ? bias[c] : T{};
    for (std::int64_t i = begin; i < begin + p.inner; ++i)
      dst[i] = (src[i] - shift) * factor * a + b;
  }
}

}  // namespace

template <class T>
void normalization_reference(const NormalizationParams& p, const T* src, const T* scale,
                             const T* bias, T* dst, ThreadPool& pool) {
  if (p.length == 0) return;
  pool.parallel_for(p.rows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      normalize_row(p, row, src + row * p.length, scale, bias, dst + row * p.length);
  });
}

template void normalization_reference(const NormalizationParams&, const float*, const float*,
                                      const float*, float*, ThreadPool&);
template void normalization_reference(const NormalizationParams&, const double*, const double*,
                                      const double*, double*, ThreadPool&);

}  // namespace u2net::kernels
