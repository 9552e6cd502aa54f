// SPDX-License-Identifier: Apache-2.0
// The functions of bits: dst = f(x, y) of integers or truth values, with broadcasting as in
// kernels/binary/binary.h. Of truth values they are the logical functions. Exact, and never hot: a
// loop over the elements.
#pragma once

#include <cstdint>

#include "kernels/binary/binary.h"

namespace u2net::kernels {

enum class BitwiseKind : std::uint8_t { kAnd, kOr, kXor };

// For bool and the integers that tensors hold.
template <class T>
void bitwise_reference(BitwiseKind kind, const BinaryShape& shape, const T* x, const T* y, T* dst,
                       ThreadPool& pool);

}  // namespace u2net::kernels
