// SPDX-License-Identifier: Apache-2.0
#include "kernels/compare/compare.h"

namespace u2net::kernels {
namespace {

template <class F, class T>
void compare_row(const T* x, std::int64_t x_step, const T* y, std::int64_t y_step, bool* dst,
                 std::int64_t columns) {
  for (std::int64_t i = 0; i < columns; ++i) dst[i] = F::of(x[i * x_step], y[i * y_step]);
}

}  // namespace

template <class T>
void compare_reference(CompareKind kind, const BinaryShape& shape, const T* x, const T* y,
                       bool* dst, ThreadPool& pool) {
  void (*row)(const T*, std::int64_t, const T*, std::int64_t, bool*, std::int64_t) = nullptr;
  CompareFunctions::visit(kind, [&]<class F>(F) { row = compare_row<F, T>; });
  for_each_binary_row(shape, x, y, dst, pool, row);
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
