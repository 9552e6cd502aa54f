// SPDX-License-Identifier: Apache-2.0
// Elementwise functions of one operand: one struct a function, and the list of them at the end.
//
// A function states, in this file alone,
//   - its row: what it is called, its parameters with their defaults, the types that it takes, what
//     an element costs, how far two evaluations may be apart, and how steep it is;
//   - its formula for one number, float or double (or an integer where it takes those): the
//     reference kernels are loops over it (reference.cc), as is everything that checks others;
//   - its formula for a vector of floats, below, of the operations in kernels/simd: the native
//     kernels of every instruction set and width are loops over it (native-inl.h).
// Everything else follows from the list: the operator (engine/ops/unary.h), the native step, the
// bound in verify, lines for `u2net op`, benchmarks, and the tests, which go over the list.
//
// The formulas are exact where Paddle's are, and follow its order of operations otherwise. A NaN
// stays one but for relu. What a vector formula does to -0 and denormal numbers is its own affair.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#ifdef U2NET_ISA
#include "kernels/unary/exponential-inl.h"
#endif

namespace u2net::kernels {

enum class UnaryKind : std::uint8_t { kRelu, kSigmoid, kTanh, kHardSwish };

// What a function is told besides x, in the order of its row.
using UnaryParameters = std::array<float, 3>;

struct UnaryParameter {
  std::string_view name = {};  // empty: there is none
  float otherwise = 0;
};

struct UnaryFunction {
  UnaryKind kind;
  std::string_view name;
  std::array<UnaryParameter, 3> parameters = {};
  bool takes_integers = false;
  bool is_bounded = false;  // infinite operands have finite results
  double work = 2;          // of an element, as engine/graph/op.h counts
  // How far two evaluations of y = f(x) may be apart, in units of 2^-24.
  double (*error)(double x, double y);
  double slope = 1;  // the largest, with the function's own parameters
};

namespace unary {

struct Relu {
  static constexpr UnaryFunction kRow{.kind = UnaryKind::kRelu,
                                      .name = "relu",
                                      .takes_integers = true,
                                      .error = [](double, double) { return 0.0; }};
  // max(x, 0); NaN and -0 give +0, as Paddle's CPU kernel does.
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return x > T{0} ? x : T{0};
  }
};

struct Sigmoid {
  // exp and the division are within a few units each; the result is at most 1.
  static constexpr UnaryFunction kRow{.kind = UnaryKind::kSigmoid,
                                      .name = "sigmoid",
                                      .is_bounded = true,
                                      .work = 8,  // an exponential and a division
                                      .error = [](double, double) { return 8.0; },
                                      .slope = 0.25};
  // 1 / (1 + exp(-x))
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return T{1} / (T{1} + std::exp(-x));
  }
};

struct Tanh {
  static constexpr UnaryFunction kRow{.kind = UnaryKind::kTanh,
                                      .name = "tanh",
                                      .is_bounded = true,
                                      .work = 8,
                                      .error = [](double, double y) { return 8 * std::fabs(y); }};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::tanh(x);
  }
};

struct HardSwish {
  // As x * clamp(x / scale + offset / scale, 0, 1) the sum is off by units of its terms, not of
  // itself.
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kHardSwish,
      .name = "hard_swish",
      .parameters = {{{"offset", 3}, {"scale", 6}, {"threshold", 6}}},
      .work = 4,
      .error = [](double x, double y) { return 4 * std::fabs(x) + 8 * std::fabs(y); },
      .slope = 1.5};
  // x * clamp(x + offset, 0, threshold) / scale
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    const auto [offset, scale, threshold] = p;
    return std::min(std::max(x + T{offset}, T{0}), T{threshold}) * x / T{scale};
  }
};

}  // namespace unary

// In the order of UnaryKind.
template <class... F>
struct UnaryList {
  static constexpr std::array<UnaryFunction, sizeof...(F)> kRows = {F::kRow...};

  // f(F{}) for the function of that kind.
  template <class Visitor>
  static void visit(UnaryKind kind, const Visitor& f) {
    ((kind == F::kRow.kind ? f(F{}) : void()), ...);
  }
};
using UnaryFunctions = UnaryList<unary::Relu, unary::Sigmoid, unary::Tanh, unary::HardSwish>;

inline constexpr const auto& kUnaryFunctions = UnaryFunctions::kRows;
static_assert([] {
  for (std::size_t i = 0; i < kUnaryFunctions.size(); ++i) {
    if (static_cast<std::size_t>(kUnaryFunctions[i].kind) != i) return false;
  }
  return true;
}());

constexpr const UnaryFunction& row_of(UnaryKind kind) {
  return kUnaryFunctions[static_cast<std::size_t>(kind)];
}

}  // namespace u2net::kernels

#ifdef U2NET_ISA
namespace u2net::kernels::U2NET_ISA {

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Relu, Vec<W> x, const UnaryParameters&) {
  return relu<W>(x);
}

// Beyond +-87 the result differs from 0 or 1 by less than 2^-125.
template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Sigmoid, Vec<W> x, const UnaryParameters&) {
  const Vec<W> least = splat<W>(-87.0F), one = splat<W>(1.0F);
  const Vec<W> clamped = max<W>(least, -max<W>(least, -x));
  const Vec<W> result = one / (one + exponential<W>(-clamped));
  return x == x ? result : x;
}

// Near 0 the Taylor series, whose first term left out is below 2^-27 of x; else 1 - 2 / (e^2x + 1),
// where the difference loses no more than two bits.
template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Tanh, Vec<W> x, const UnaryParameters&) {
  const Vec<W> one = splat<W>(1.0F), two = splat<W>(2.0F), size = max<W>(x, -x);
  const Vec<W> most = -max<W>(-size, splat<W>(-10.0F));  // where the result is 1
  const Vec<W> far = one - two / (exponential<W>(two * most) + one);
  constexpr float kCoefficients[] = {21844.0F / 6081075, -1382.0F / 155925, 62.0F / 2835,
                                     -17.0F / 315,       2.0F / 15,         -1.0F / 3};
  const Vec<W> square = x * x;
  Vec<W> sum = splat<W>(kCoefficients[0]);
  for (int i = 1; i < 6; ++i) sum = madd<W>(sum, square, splat<W>(kCoefficients[i]));
  const Vec<W> near = madd<W>(sum * square, x, x);
  const Vec<W> result = size < splat<W>(0.4F) ? near : (x < Vec<W>{} ? -far : far);
  return x == x ? result : x;
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::HardSwish, Vec<W> x, const UnaryParameters& p) {
  const Vec<W> offset = splat<W>(p[0]), scale = splat<W>(p[1]), threshold = splat<W>(p[2]);
  const Vec<W> inner = -max<W>(-max<W>(x + offset, Vec<W>{}), -threshold);
  return inner * x / scale;
}

}  // namespace u2net::kernels::U2NET_ISA
#endif
