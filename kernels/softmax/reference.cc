// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "kernels/softmax/softmax.h"

namespace u2net::kernels {
namespace {

// src - the largest, cut off; a NaN stays one.
template <class T>
T difference(T value, T most) {
  const T d = value - most;
  return d < T{-64} ? T{-64} : d;
}

template <class T>
void largest_of_lines(const AxisShape& s, const T* src, std::int64_t count, T* most) {
  std::copy_n(src, count, most);
  for (std::int64_t k = 1; k < s.size; ++k) {
    const T* row = src + k * s.inner;
    for (std::int64_t i = 0; i < count; ++i) most[i] = row[i] > most[i] ? row[i] : most[i];
  }
}

template <class T>
void softmax_of_lines(const AxisShape& s, const T* src, std::int64_t count, T* dst) {
  T most[kLineBlock], factor[kLineBlock];
  double sum[kLineBlock] = {};
  largest_of_lines(s, src, count, most);
  for (std::int64_t k = 0; k < s.size; ++k) {
    const T* in = src + k * s.inner;
    T* out = dst + k * s.inner;
    for (std::int64_t i = 0; i < count; ++i) {
      out[i] = std::exp(difference(in[i], most[i]));
      sum[i] += static_cast<double>(out[i]);
    }
  }
  for (std::int64_t i = 0; i < count; ++i) factor[i] = static_cast<T>(1.0 / sum[i]);
  for (std::int64_t k = 0; k < s.size; ++k) {
    T* out = dst + k * s.inner;
    for (std::int64_t i = 0; i < count; ++i) out[i] *= factor[i];
  }
}

template <class T>
void log_softmax_of_lines(const AxisShape& s, const T* src, std::int64_t count, T* dst) {
  T most[kLineBlock], logarithm[kLineBlock];
  double sum[kLineBlock] = {};
  largest_of_lines(s, src, count, most);
  for (std::int64_t k = 0; k < s.size; ++k) {
    const T* in = src + k * s.inner;
    for (std::int64_t i = 0; i < count; ++i)
      sum[i] += static_cast<double>(std::exp(difference(in[i], most[i])));
  }
  for (std::int64_t i = 0; i < count; ++i) logarithm[i] = static_cast<T>(std::log(sum[i]));
  for (std::int64_t k = 0; k < s.size; ++k) {
    const T* in = src + k * s.inner;
    T* out = dst + k * s.inner;
    for (std::int64_t i = 0; i < count; ++i) out[i] = difference(in[i], most[i]) - logarithm[i];
  }
}

template <class T>
void by_blocks(const AxisShape& s, const T* src, T* dst, ThreadPool& pool,
               void (*block)(const AxisShape&, const T*, std::int64_t, T*)) {
  if (s.size == 0) return;
  for_line_blocks(s, pool, [&](std::int64_t outer, std::int64_t first, std::int64_t count) {
    const std::int64_t offset = outer * s.size * s.inner + first;
    block(s, src + offset, count, dst + offset);
  });
}

}  // namespace

template <class T>
void softmax_reference(const AxisShape& s, const T* src, T* dst, ThreadPool& pool) {
  by_blocks(s, src, dst, pool, softmax_of_lines<T>);
}

template <class T>
void log_softmax_reference(const AxisShape& s, const T* src, T* dst, ThreadPool& pool) {
  by_blocks(s, src, dst, pool, log_softmax_of_lines<T>);
}

template void softmax_reference(const AxisShape&, const float*, float*, ThreadPool&);
template void softmax_reference(const AxisShape&, const double*, double*, ThreadPool&);
template void log_softmax_reference(const AxisShape&, const float*, float*, ThreadPool&);
template void log_softmax_reference(const AxisShape&, const double*, double*, ThreadPool&);

}  // namespace u2net::kernels
