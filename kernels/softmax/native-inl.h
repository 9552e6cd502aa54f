// SPDX-License-Identifier: Apache-2.0
// softmax and its logarithm (softmax.h) in vectors.
//
// Along the last axis a vector holds W neighbours of a line: a pass for the largest, one for the
// exponentials and their sum, one to divide; a line stays in the first-level cache meanwhile. Along
// any other axis, as over the channels of an image, it holds W lines
// (kernels/image_ops/lines-inl.h), and an image may lie in blocks: what comes out is plain. The
// exponential is that of kernels/unary; sums are kept in double, as in the reference kernel.
#pragma once

#include <cmath>

#include "kernels/image_ops/lines-inl.h"
#include "kernels/simd/loops-inl.h"
#include "kernels/softmax/softmax.h"
#include "kernels/unary/exponential-inl.h"

namespace u2net::kernels::U2NET_ISA {

// src - the largest, cut off; a NaN stays one.
template <int W>
U2NET_INLINE Vec<W> below_most(Vec<W> v, Vec<W> most) {
  const Vec<W> d = v - most, least = splat<W>(-64.0F);
  return d < least ? least : d;
}

template <int W>
U2NET_INLINE Vec<W> exponential_below(Vec<W> d) {
  const Vec<W> e = exponential<W>(d);
  return d == d ? e : d;
}

// A line of neighbours.
template <int W>
void softmax_line(bool logarithm, const float* src, std::int64_t count, float* dst) {
  const float least = -__builtin_inff();
  Vec<W> largest = splat<W>(least);
  for_vectors<W>(
      count, [&](std::int64_t i, auto part) __attribute__((always_inline)) {
        largest = max<W>(part.or_else(part.load(src + i), least), largest);
      });
  float most = largest[0];
  for (int lane = 1; lane < W; ++lane) most = largest[lane] > most ? largest[lane] : most;
  const Vec<W> mosts = splat<W>(most);
  Doubles<W> sums{};
  for_vectors<W>(
      count, [&](std::int64_t i, auto part) __attribute__((always_inline)) {
        const Vec<W> d = below_most<W>(part.load(src + i), mosts), e = exponential_below<W>(d);
        part.store(dst + i, logarithm ? d : e);
        sums += to_doubles<W>(part.or_else(e, 0));
      });
  const double sum = sum_of_lanes<W>(sums);
  const Vec<W> factor = splat<W>(static_cast<float>(logarithm ? 1.0 : 1.0 / sum)),
               offset = splat<W>(static_cast<float>(logarithm ? std::log(sum) : 0.0));
  for_vectors<W>(
      count, [&](std::int64_t i, auto part) __attribute__((always_inline)) {
        part.store(dst + i, part.load(dst + i) * factor - offset);
      });
}

// dst: of the strip, rows `stride` apart.
template <int W, class Lines>
void softmax_strip(bool logarithm, const Lines& lines, float* dst, std::int64_t stride) {
  alignas(64) float most[kLineBlock], factor[kLineBlock], offset[kLineBlock];
  double sums[kLineBlock];
  for_groups(lines, [&](std::int64_t k, std::int64_t count, const LineRows& rows) {
    for_vectors<W>(
        lines.lines, [&](std::int64_t i, auto part) __attribute__((always_inline)) {
          Vec<W> largest = k == 0 ? part.load(rows.first + i) : load_loose<W>(most + i);
          for (std::int64_t j = k == 0 ? 1 : 0; j < count; ++j)
            largest = max<W>(part.load(rows.first + j * rows.stride + i), largest);
          store_loose<W>(most + i, largest);
        });
  });
  for (std::int64_t i = 0; i < lines.lines; ++i) sums[i] = 0;
  for_groups(lines, [&](std::int64_t k, std::int64_t count, const LineRows& rows) {
    for_vectors<W>(
        lines.lines, [&](std::int64_t i, auto part) __attribute__((always_inline)) {
          const Vec<W> largest = load_loose<W>(most + i);
          Doubles<W> sum{};
          for (std::int64_t j = 0; j < count; ++j) {
            const Vec<W> d = below_most<W>(part.load(rows.first + j * rows.stride + i), largest),
                         e = exponential_below<W>(d);
            part.store(dst + (k + j) * stride + i, logarithm ? d : e);
            sum += to_doubles<W>(e);
          }
          for (int lane = 0; lane < part.left; ++lane) sums[i + lane] += sum[lane];
        });
  });
  for (std::int64_t i = 0; i < lines.lines; ++i) {
    factor[i] = static_cast<float>(logarithm ? 1.0 : 1.0 / sums[i]);
    offset[i] = static_cast<float>(logarithm ? std::log(sums[i]) : 0.0);
  }
  for (std::int64_t k = 0; k < lines.size; ++k, dst += stride) {
    for_vectors<W>(
        lines.lines, [&](std::int64_t i, auto part) __attribute__((always_inline)) {
          part.store(dst + i,
                     part.load(dst + i) * load_loose<W>(factor + i) - load_loose<W>(offset + i));
        });
  }
}

template <int W>
void softmax_native(bool logarithm, const AxisShape& s, const float* src, float* dst,
                    ThreadPool& pool) {
  if (s.size == 0) return;
  if (s.inner == 1) {
    pool.parallel_for(s.outer, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        softmax_line<W>(logarithm, src + i * s.size, s.size, dst + i * s.size);
    });
    return;
  }
  for_plain_strips(s, src, pool, [&](const auto& lines, std::int64_t at, std::int64_t) {
    softmax_strip<W>(logarithm, lines, dst + at, s.inner);
  });
}

template <int W>
void softmax_channels(bool logarithm, const ConstImage& src, float* dst, ThreadPool& pool) {
  const std::int64_t plane = src.layout->h * src.layout->w;
  for_image_strips<W>(src, pool, [&](const auto& lines, std::int64_t at, std::int64_t) {
    softmax_strip<W>(logarithm, lines, dst + at, plane);
  });
}

}  // namespace u2net::kernels::U2NET_ISA
