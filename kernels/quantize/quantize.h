// SPDX-License-Identifier: Apache-2.0
// Numbers on the grid of a scale s, one for all or one for each position of an axis: to steps of
// the grid, back to numbers, or both, which rounds a number to the grid and is how a quantised
// network is run in float32.
//
//   quantise, as Paddle does   y = round(n / s * x), n = 127 for 8 bits
//     to even halves             held at [-n - 1, n] afterwards
//     halves away from 0         of an x that was held at [-s, s] before
//   quantise, as ONNX does     y = round(x / s) + zero, halves to even, held at what the type has
//   dequantise                 y = (x - zero) * s [* s'] / n, from left to right
//
// Every operation rounds as there, so results are the same to the bit. NaN stays (and is 0 in an
// integer).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kernels/base/axis_shape.h"
#include "kernels/cast/cast.h"

namespace u2net::kernels {

struct QuantizeParams {
  AxisShape shape;    // along the axis of the scales; {1, 1, size} where there is one
  float steps = 127;  // n; 1 in ONNX
  float low = -128, high = 127;
  bool to_even = true;
  bool divides = false;  // as ONNX does
};

// Calls body(position on the axis, first element, count) for runs of elements of one scale, which
// are all of them once; threads share them element by element.
template <class Body>
void for_scale_runs(const AxisShape& s, ThreadPool& pool, const Body& body) {
  pool.parallel_for(s.outer * s.size * s.inner, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      const std::int64_t run = begin / s.inner, stop = std::min(end, (run + 1) * s.inner);
      body(run % s.size, begin, stop - begin);
      begin = stop;
    }
  });
}

// Of 0 a large number, so that nothing becomes infinite.
inline float inverse_scale(float s) {
  constexpr float kLeast = 1e-6F;
  return s <= kLeast ? 1.0F / (s + kLeast) : 1.0F / s;
}

// A NaN stays.
inline float held_between(float x, float low, float high) {
  return x > high ? high : x < low ? low : x;
}

// zero(position on the axis) is a number. dst may be x where the types are the same.
template <class To, class Zero>
void quantize_reference(const QuantizeParams& p, const float* scale, const Zero& zero,
                        const float* x, To* dst, ThreadPool& pool) {
  for_scale_runs(p.shape, pool, [&](std::int64_t c, std::int64_t first, std::int64_t count) {
    const float s = scale[c], z = zero(c), factor = p.steps * inverse_scale(s);
    for (std::int64_t i = first; i < first + count; ++i) {
      float y;
      if (p.divides) {
        y = held_between(std::nearbyint(x[i] / s) + z, p.low, p.high);
      } else if (p.to_even) {
        y = held_between(std::nearbyint(factor * x[i]), p.low, p.high);
      } else {
        y = std::round(factor * held_between(x[i], -s, s));
      }
      dst[i] = cast_one<To>(y);
    }
  });
}

// `second` is one more factor, for all, or null.
template <class From, class Zero>
void dequantize_reference(const QuantizeParams& p, const float* scale, const float* second,
                          const Zero& zero, const From* x, float* dst, ThreadPool& pool) {
  for_scale_runs(p.shape, pool, [&](std::int64_t c, std::int64_t first, std::int64_t count) {
    const float s = scale[c], z = zero(c);
    for (std::int64_t i = first; i < first + count; ++i) {
      const float y = (static_cast<float>(x[i]) - z) * s;
      dst[i] = (second ? y * *second : y) / p.steps;
    }
  });
}

// The largest |x| for each position of the axis: [shape.size].
inline void absolute_maxima_reference(const AxisShape& shape, const float* x, float* scales) {
  std::fill_n(scales, shape.size, 0.0F);
  for (std::int64_t o = 0; o < shape.outer; ++o) {
    for (std::int64_t c = 0; c < shape.size; ++c) {
      for (std::int64_t i = 0; i < shape.inner; ++i)
        scales[c] = std::max(scales[c], std::fabs(*x++));
    }
  }
}

}  // namespace u2net::kernels
