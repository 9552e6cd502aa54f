// SPDX-License-Identifier: Apache-2.0
#include <type_traits>

#include "kernels/unary/unary.h"

namespace u2net::kernels {
namespace {

template <class T, class F>
void for_each(std::int64_t count, const T* src, T* dst, ThreadPool& pool, F f) {
  pool.parallel_for(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) dst[i] = f(src[i]);
  });
}

// Integer overflow wraps, as the machine does for Paddle, without being undefined behaviour.
template <class T>
T multiply(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
  } else {
    return a * b;
  }
}

template <class T>
T plus(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
  } else {
    return a + b;
  }
}

}  // namespace

template <class T>
void unary_row(UnaryKind kind, const UnaryParameters& p, std::int64_t count, const T* src, T* dst) {
  UnaryFunctions::visit(kind, [&]<class F>(F) {
    if constexpr (F::kRow.takes_integers || !std::is_integral_v<T>) {
      for (std::int64_t i = 0; i < count; ++i) dst[i] = F::of(src[i], p);
    }
  });
  if constexpr (!std::is_integral_v<T>) {
    for (std::int64_t i = 0; p.has_line() && i < count; ++i)
      dst[i] = dst[i] * T{p.factor} + T{p.summand};
  }
}

template <class T>
void unary_reference(UnaryKind kind, const UnaryParameters& p, std::int64_t count, const T* src,
                     T* dst, ThreadPool& pool) {
  pool.parallel_for(count, [&](std::int64_t begin, std::int64_t end) {
    unary_row(kind, p, end - begin, src + begin, dst + begin);
  });
}

template <class T>
void scale_reference(std::int64_t count, T factor, T bias, bool bias_after_scale, const T* src,
                     T* dst, ThreadPool& pool) {
  if (bias_after_scale) {
    for_each(count, src, dst, pool, [=](T x) { return plus(multiply(x, factor), bias); });
  } else {
    for_each(count, src, dst, pool, [=](T x) { return multiply(plus(x, bias), factor); });
  }
}

template <class T>
void clip_reference(std::int64_t count, T least, T most, const T* src, T* dst, ThreadPool& pool) {
  for_each(count, src, dst, pool, [=](T x) { return std::min(std::max(x, least), most); });
}

template void unary_row(UnaryKind, const UnaryParameters&, std::int64_t, const float*, float*);
template void unary_reference(UnaryKind, const UnaryParameters&, std::int64_t, const float*, float*,
                              ThreadPool&);
template void unary_reference(UnaryKind, const UnaryParameters&, std::int64_t, const double*,
                              double*, ThreadPool&);
template void unary_reference(UnaryKind, const UnaryParameters&, std::int64_t, const std::int32_t*,
                              std::int32_t*, ThreadPool&);
template void unary_reference(UnaryKind, const UnaryParameters&, std::int64_t, const std::int64_t*,
                              std::int64_t*, ThreadPool&);
template void scale_reference(std::int64_t, float, float, bool, const float*, float*, ThreadPool&);
template void scale_reference(std::int64_t, double, double, bool, const double*, double*,
                              ThreadPool&);
template void scale_reference(std::int64_t, std::int32_t, std::int32_t, bool, const std::int32_t*,
                              std::int32_t*, ThreadPool&);
template void scale_reference(std::int64_t, std::int64_t, std::int64_t, bool, const std::int64_t*,
                              std::int64_t*, ThreadPool&);
template void clip_reference(std::int64_t, float, float, const float*, float*, ThreadPool&);
template void clip_reference(std::int64_t, double, double, const double*, double*, ThreadPool&);
template void clip_reference(std::int64_t, std::int32_t, std::int32_t, const std::int32_t*,
                             std::int32_t*, ThreadPool&);
template void clip_reference(std::int64_t, std::int64_t, std::int64_t, const std::int64_t*,
                             std::int64_t*, ThreadPool&);

}  // namespace u2net::kernels
