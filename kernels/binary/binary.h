// SPDX-License-Identifier: Apache-2.0
// dst = f(x, y), f of functions.h, with broadcasting: both operands have been aligned to the rank
// of dst, and a dimension of 1 is repeated. dst may be an operand that has dst's own shape.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/base/element_type.h"
#include "kernels/base/parallel.h"
#include "kernels/binary/functions.h"

namespace u2net::kernels {

struct BinaryShape {
  std::span<const std::int64_t> x, y, dst;  // equal ranks, at most kMaxRank
};

template <class T>
void binary_reference(BinaryKind kind, const BinaryShape& shape, const T* x, const T* y, T* dst,
                      ThreadPool& pool);

}  // namespace u2net::kernels
