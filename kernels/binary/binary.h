// SPDX-License-Identifier: Apache-2.0
// dst = f(x, y), f of functions.h, with broadcasting: both operands have been aligned to the rank
// of dst, and a dimension of 1 is repeated. dst may be an operand that has dst's own shape.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/base/broadcast.h"
#include "kernels/base/element_type.h"
#include "kernels/base/parallel.h"
#include "kernels/binary/functions.h"

namespace u2net::kernels {

struct BinaryShape {
  std::span<const std::int64_t> x, y, dst;  // equal ranks, at most kMaxRank
};

// row(x, step of x, y, step of y, dst, columns) for every row of dst; the steps are 1, or 0 where
// an operand is repeated. By a pointer: rows alone are compiled a function and type, the walk over
// a tensor would be ten times as much code.
template <class T, class U>
void for_each_binary_row(const BinaryShape& shape, const T* x, const T* y, U* dst, ThreadPool& pool,
                         void (*row)(const T*, std::int64_t, const T*, std::int64_t, U*,
                                     std::int64_t)) {
  for_each_broadcast_row<2>(shape.dst, {shape.x, shape.y}, pool, [&](const BroadcastRow& r) {
    row(x + r.at[0], r.step[0], y + r.at[1], r.step[1], dst + r.dst, r.columns);
  });
}

template <class T>
void binary_reference(BinaryKind kind, const BinaryShape& shape, const T* x, const T* y, T* dst,
                      ThreadPool& pool);

}  // namespace u2net::kernels
