// SPDX-License-Identifier: Apache-2.0
#include "kernels/reduce/p_norm.h"

#include <cmath>
#include <limits>

namespace u2net::kernels {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What an element adds to the state of its line.
double stepped(double p, double state, double x) {
  const double size = std::fabs(x);
  if (p == kInfinity) return size > state || size != size ? size : state;
  if (p == -kInfinity) return size < state || size != size ? size : state;
  if (p == 0) return state + (x != 0 ? 1 : 0);
  if (p == 1) return state + size;
  if (p == 2) return state + size * size;
  return state + std::pow(size, p);
}

double finished(double p, double state) {
  if (p == 0 || p == 1 || std::isinf(p)) return state;
  return p == 2 ? std::sqrt(state) : std::pow(state, 1 / p);
}

}  // namespace

template <class T>
void p_norm_reference(const AxisShape& s, double p, const T* src, T* dst, ThreadPool& pool) {
  for_line_blocks(s, pool, [&](std::int64_t outer, std::int64_t first, std::int64_t count) {
    double states[kLineBlock];
    std::fill_n(states, count, p == -kInfinity ? kInfinity : 0.0);
    for (std::int64_t k = 0; k < s.size; ++k) {
      const T* row = src + (outer * s.size + k) * s.inner + first;
      for (std::int64_t i = 0; i < count; ++i)
        states[i] = stepped(p, states[i], static_cast<double>(row[i]));
    }
    for (std::int64_t i = 0; i < count; ++i)
      dst[outer * s.inner + first + i] = static_cast<T>(finished(p, states[i]));
  });
}

template <class T>
void normalize_reference(const AxisShape& s, double epsilon, const T* src, T* dst,
                         ThreadPool& pool) {
  for_line_blocks(s, pool, [&](std::int64_t outer, std::int64_t first, std::int64_t count) {
    double sums[kLineBlock] = {};
    T norms[kLineBlock];
    for (std::int64_t k = 0; k < s.size; ++k) {
      const T* row = src + (outer * s.size + k) * s.inner + first;
      for (std::int64_t i = 0; i < count; ++i) sums[i] = stepped(2, sums[i], row[i]);
    }
    for (std::int64_t i = 0; i < count; ++i)
      norms[i] = static_cast<T>(std::sqrt(sums[i] + epsilon));
    for (std::int64_t k = 0; k < s.size; ++k) {
      const std::int64_t row = (outer * s.size + k) * s.inner + first;
      for (std::int64_t i = 0; i < count; ++i) dst[row + i] = src[row + i] / norms[i];
    }
  });
}

template void p_norm_reference(const AxisShape&, double, const float*, float*, ThreadPool&);
template void p_norm_reference(const AxisShape&, double, const double*, double*, ThreadPool&);
template void normalize_reference(const AxisShape&, double, const float*, float*, ThreadPool&);
template void normalize_reference(const AxisShape&, double, const double*, double*, ThreadPool&);

}  // namespace u2net::kernels
