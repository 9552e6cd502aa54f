// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/broadcast.h"
#include "kernels/compare/compare.h"

namespace u2net::kernels {

template <class T>
void compare_reference(CompareKind kind, const BinaryShape& shape, const T* x, const T* y,
                       bool* dst, ThreadPool& pool) {
  CompareFunctions::visit(kind, [&]<class F>(F) {
    for_each_broadcast_row<2>(shape.dst, {shape.x, shape.y}, pool, [&](const BroadcastRow<2>& r) {
      for (std::int64_t i = 0; i < r.columns; ++i)
        dst[r.dst + i] = F::of(x[r.at[0] + i * r.step[0]], y[r.at[1] + i * r.step[1]]);
    });
  });
}

template void compare_reference(CompareKind, const BinaryShape&, const bool*, const bool*, bool*,
                                ThreadPool&);
template void compare_reference(CompareKind, const BinaryShape&, const float*, const float*, bool*,
                                ThreadPool&);
template void compare_reference(CompareKind, const BinaryShape&, const double*, const double*,
                                bool*, ThreadPool&);
template void compare_reference(CompareKind, const BinaryShape&, const std::int8_t*,
                                const std::int8_t*, bool*, ThreadPool&);
template void compare_reference(CompareKind, const BinaryShape&, const std::uint8_t*,
                                const std::uint8_t*, bool*, ThreadPool&);
template void compare_reference(CompareKind, const BinaryShape&, const std::int16_t*,
                                const std::int16_t*, bool*, ThreadPool&);
template void compare_reference(CompareKind, const BinaryShape&, const std::int32_t*,
                                const std::int32_t*, bool*, ThreadPool&);
template void compare_reference(CompareKind, const BinaryShape&, const std::int64_t*,
                                const std::int64_t*, bool*, ThreadPool&);

}  // namespace u2net::kernels
