// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <type_traits>

#include "kernels/binary/binary.h"

namespace u2net::kernels {
namespace {

using Strides = std::array<std::int64_t, kMaxRank>;

// Row-major strides of `dims`, 0 where a dimension is repeated.
Strides broadcast_strides(std::span<const std::int64_t> dims) {
  Strides strides{};
  std::int64_t stride = 1;
  for (std::size_t i = dims.size(); i-- > 0;) {
    strides[i] = dims[i] == 1 ? 0 : stride;
    stride *= dims[i];
  }
  return strides;
}

template <class F, class T>
T apply(T a, T b) {
  if constexpr (std::is_integral_v<T>) {  // wraps on overflow
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(F::of(static_cast<U>(a), static_cast<U>(b)));
  } else {
    return F::of(a, b);
  }
}

// One row of the result; the steps are 1, or 0 where an operand is repeated.
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
  const std::size_t rank = shape.dst.size();
  const std::int64_t columns = rank == 0 ? 1 : shape.dst[rank - 1];
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < rank; ++i) rows *= shape.dst[i];
  const Strides x_strides = broadcast_strides(shape.x);
  const Strides y_strides = broadcast_strides(shape.y);
  const std::int64_t x_step = rank == 0 ? 0 : x_strides[rank - 1];
  const std::int64_t y_step = rank == 0 ? 0 : y_strides[rank - 1];
  pool.parallel_for(rows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const T* a = x;
      const T* b = y;
      std::int64_t rest = row;
      for (std::size_t i = rank; i-- > 1;) {
        const std::int64_t index = rest % shape.dst[i - 1];
        rest /= shape.dst[i - 1];
        a += index * x_strides[i - 1];
        b += index * y_strides[i - 1];
      }
      row_of_function(a, x_step, b, y_step, dst + row * columns, columns);
    }
  });
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
