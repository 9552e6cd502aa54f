// SPDX-License-Identifier: Apache-2.0
// The positions of extreme elements (arg_extreme.h) along an axis that is not the last one, W lines
// at a time (kernels/image_ops/lines-inl.h): straight from the blocks in which a network leaves its
// image. The best value and its position stay in registers over a group of channels.
#pragma once

#include "kernels/arg_extreme/arg_extreme.h"
#include "kernels/image_ops/lines-inl.h"
#include "kernels/simd/loops-inl.h"

namespace u2net::kernels::U2NET_ISA {

// Into position[lines], with room for whole vectors.
template <int W, class Lines>
void find_extremes(Extreme extreme, const Lines& lines, std::int32_t* position) {
  alignas(64) float best[kLineBlock];
  // The smallest is the largest of what is negated, which is exact.
  const Vec<W> sign = splat<W>(extreme == Extreme::kLargest ? 1.0F : -1.0F);
  for_groups(lines, [&](std::int64_t k, std::int64_t count, const LineRows& rows) {
    for_vectors<W>(
        lines.lines, [&](std::int64_t i, auto part) __attribute__((always_inline)) {
          Vec<W> most = splat<W>(kLowest);
          Lanes<W> at{};
          if (k > 0) {
            most = load_loose<W>(best + i);
            std::memcpy(&at, position + i, sizeof at);
          }
          for (std::int64_t j = 0; j < count; ++j) {
            const Vec<W> v = part.load(rows.first + j * rows.stride + i) * sign;
            const Lanes<W> here = static_cast<std::int32_t>(k + j) - Lanes<W>{};
            const Lanes<W> takes = v > most;
            most = takes ? v : most;
            at = takes ? here : at;
          }
          store_loose<W>(best + i, most);
          std::memcpy(position + i, &at, sizeof at);
        });
  });
}

template <int W, class Lines, class Index>
void arg_extreme_strip(Extreme extreme, const Lines& lines, Index* dst) {
  alignas(64) std::int32_t position[kLineBlock];
  find_extremes<W>(extreme, lines, position);
  for (std::int64_t i = 0; i < lines.lines; ++i) dst[i] = position[i];
}

template <int W, class Index>
void arg_extreme_native(Extreme extreme, const AxisShape& s, const float* src, Index* dst,
                        ThreadPool& pool) {
  for_plain_strips(s, src, pool, [&](const auto& lines, std::int64_t, std::int64_t line) {
    arg_extreme_strip<W>(extreme, lines, dst + line);
  });
}

template <int W, class Index>
void arg_extreme_channels(Extreme extreme, const ConstImage& src, Index* dst, ThreadPool& pool) {
  for_image_strips<W>(src, pool, [&](const auto& lines, std::int64_t, std::int64_t line) {
    arg_extreme_strip<W>(extreme, lines, dst + line);
  });
}

}  // namespace u2net::kernels::U2NET_ISA
