// SPDX-License-Identifier: Apache-2.0
// dst = condition ? x : y, element by element, with broadcasting: all three have been aligned to
// the rank of dst, and a dimension of 1 is repeated.
#pragma once

#include <span>

#include "kernels/base/broadcast.h"

namespace u2net::kernels {

struct WhereShape {
  std::span<const std::int64_t> condition, x, y, dst;  // equal ranks, at most kMaxRank
};

template <class T>
void where_reference(const WhereShape& shape, const bool* condition, const T* x, const T* y, T* dst,
                     ThreadPool& pool) {
  for_each_broadcast_row<3>(
      shape.dst, {shape.condition, shape.x, shape.y}, pool, [&](const BroadcastRow& r) {
        for (std::int64_t i = 0; i < r.columns; ++i) {
          const bool first = condition[r.at[0] + i * r.step[0]];
          dst[r.dst + i] = first ? x[r.at[1] + i * r.step[1]] : y[r.at[2] + i * r.step[2]];
        }
      });
}

}  // namespace u2net::kernels
