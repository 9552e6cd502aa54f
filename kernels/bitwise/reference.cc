// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "kernels/bitwise/bitwise.h"

namespace u2net::kernels {
namespace {

template <class F, class T>
void bitwise_row(const T* x, std::int64_t x_step, const T* y, std::int64_t y_step, T* dst,
                 std::int64_t columns) {
  for (std::int64_t i = 0; i < columns; ++i)
    dst[i] = static_cast<T>(F{}(x[i * x_step], y[i * y_step]));
}

}  // namespace

template <class T>
void bitwise_reference(BitwiseKind kind, const BinaryShape& shape, const T* x, const T* y, T* dst,
                       ThreadPool& pool) {
  const auto row = kind == BitwiseKind::kAnd  ? bitwise_row<std::bit_and<>, T>
                   : kind == BitwiseKind::kOr ? bitwise_row<std::bit_or<>, T>
                                              : bitwise_row<std::bit_xor<>, T>;
  for_each_binary_row(shape, x, y, dst, pool, row);
}

template void bitwise_reference(BitwiseKind, const BinaryShape&, const bool*, const bool*, bool*,
                                ThreadPool&);
template void bitwise_reference(BitwiseKind, const BinaryShape&, const std::int8_t*,
                                const std::int8_t*, std::int8_t*, ThreadPool&);
template void bitwise_reference(BitwiseKind, const BinaryShape&, const std::uint8_t*,
                                const std::uint8_t*, std::uint8_t*, ThreadPool&);
template void bitwise_reference(BitwiseKind, const BinaryShape&, const std::int16_t*,
                                const std::int16_t*, std::int16_t*, ThreadPool&);
template void bitwise_reference(BitwiseKind, const BinaryShape&, const std::int32_t*,
                                const std::int32_t*, std::int32_t*, ThreadPool&);
template void bitwise_reference(BitwiseKind, const BinaryShape&, const std::int64_t*,
                                const std::int64_t*, std::int64_t*, ThreadPool&);

}  // namespace u2net::kernels
