// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "kernels/base/broadcast.h"
#include "kernels/bitwise/bitwise.h"

namespace u2net::kernels {
namespace {

template <class T, class F>
void for_all(const BinaryShape& shape, const T* x, const T* y, T* dst, ThreadPool& pool,
             const F& f) {
  for_each_broadcast_row<2>(shape.dst, {shape.x, shape.y}, pool, [&](const BroadcastRow<2>& r) {
    for (std::int64_t i = 0; i < r.columns; ++i)
      dst[r.dst + i] = static_cast<T>(f(x[r.at[0] + i * r.step[0]], y[r.at[1] + i * r.step[1]]));
  });
}

}  // namespace

template <class T>
void bitwise_reference(BitwiseKind kind, const BinaryShape& shape, const T* x, const T* y, T* dst,
                       ThreadPool& pool) {
  if (kind == BitwiseKind::kAnd) return for_all(shape, x, y, dst, pool, std::bit_and<>());
  if (kind == BitwiseKind::kOr) return for_all(shape, x, y, dst, pool, std::bit_or<>());
  for_all(shape, x, y, dst, pool, std::bit_xor<>());
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
