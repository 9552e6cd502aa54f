// SPDX-License-Identifier: Apache-2.0
#include <type_traits>

#include "kernels/binary/binary.h"

namespace u2net::kernels {
namespace {

template <class F, class T>
T apply(T a, T b) {
  if constexpr (std::is_integral_v<T> && F::kRow.by_unsigned) {  // wraps on overflow
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(F::of(static_cast<U>(a), static_cast<U>(b)));
  } else {
    return F::of(a, b);
  }
}

template <class F, class T>
void binary_row(const T* x, std::int64_t x_step, const T* y, std::int64_t y_step, T* dst,
                std::int64_t columns) {
  if (x_step == 1 && y_step == 1) {
    for (std::int64_t i = 0; i < columns; ++i) dst[i] = apply<F>(x[i], y[i]);
  } else {
    for (std::int64_t i = 0; i < columns; ++i) dst[i] = apply<F>(x[i * x_step], y[i * y_step]);
  }
}

}  // namespace

template <class T>
void binary_reference(BinaryKind kind, const BinaryShape& shape, const T* x, const T* y, T* dst,
                      ThreadPool& pool) {
  decltype(&binary_row<binary::Add, T>) row_of_function = nullptr;
  BinaryFunctions::visit(kind, [&]<class F>(F) { row_of_function = binary_row<F, T>; });
  for_each_binary_row(shape, x, y, dst, pool, row_of_function);
}

template void binary_reference(BinaryKind, const BinaryShape&, const float*, const float*, float*,
                               ThreadPool&);
template void binary_reference(BinaryKind, const BinaryShape&, const double*, const double*,
                               double*, ThreadPool&);
template void binary_reference(BinaryKind, const BinaryShape&, const std::int32_t*,
                               const std::int32_t*, std::int32_t*, ThreadPool&);
template void binary_reference(BinaryKind, const BinaryShape&, const std::int64_t*,
                               const std::int64_t*, std::int64_t*, ThreadPool&);

}  // namespace u2net::kernels
