// SPDX-License-Identifier: Apache-2.0
// dst = x where x is positive, else alpha * x, with broadcasting of alpha: it has been aligned to
// the rank of x, and a dimension of 1 is repeated. dst may be x.
#pragma once

#include <span>

#include "kernels/base/broadcast.h"

namespace u2net::kernels {

struct PreluShape {
  std::span<const std::int64_t> x, alpha;  // equal ranks, at most kMaxRank
};

template <class T>
void prelu_reference(const PreluShape& shape, const T* x, const T* alpha, T* dst,
                     ThreadPool& pool) {
  for_each_broadcast_row<2>(shape.x, {shape.x, shape.alpha}, pool, [&](const BroadcastRow& r) {
    for (std::int64_t i = 0; i < r.columns; ++i) {
      const T value = x[r.dst + i];
      dst[r.dst + i] = value > T{0} ? value : alpha[r.at[1] + i * r.step[1]] * value;
    }
  });
}

}  // namespace u2net::kernels
