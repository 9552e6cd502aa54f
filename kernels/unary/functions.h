// SPDX-License-Identifier: Apache-2.0
// Elementwise functions of one operand: one struct a function, and the list of them at the end.
//
// A function states, in the header of its family and in vector_functions-inl.h alone,
//   - its row: what it is called, its parameters with their defaults, the types that it takes, what
//     an element costs, how far two evaluations may be apart, and how steep it is;
//   - its formula for one number, float or double (or an integer where it takes those): the
//     reference kernels are loops over it (reference.cc), as is everything that checks others;
//   - its formula for a vector of floats, of the operations in kernels/simd, if its row does not
//     say that it has none: the native kernels of every instruction set and width are loops over it
//     (runs-inl.h).
// Everything else follows from the list: the operator (engine/ops/unary.h), the native step, the
// bound in verify, lines for `u2net op`, benchmarks, and the tests, which go over the list.
//
// The formulas are exact where Paddle's are, and follow its order of operations otherwise. A NaN
// stays one but for relu. What a vector formula does to -0 and denormal numbers is its own affair.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/unary/activations.h"
#include "kernels/unary/elementary.h"
#include "kernels/unary/trigonometric.h"

namespace u2net::kernels {

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
using UnaryFunctions =
    UnaryList<unary::Abs, unary::Acos, unary::Acosh, unary::Asin, unary::Asinh, unary::Atan,
              unary::Atanh, unary::Brelu, unary::Ceil, unary::Celu, unary::Cos, unary::Cosh,
              unary::Elu, unary::Erf, unary::Exp, unary::Expm1, unary::Floor, unary::Gelu,
              unary::HardShrink, unary::HardSigmoid, unary::HardSwish, unary::LeakyRelu, unary::Log,
              unary::Log10, unary::Log1p, unary::Log2, unary::LogSigmoid, unary::Mish, unary::Pow,
              unary::Reciprocal, unary::Relu, unary::Relu6, unary::Round, unary::Rsqrt, unary::Selu,
              unary::Sigmoid, unary::Sign, unary::Silu, unary::Sin, unary::Sinh, unary::Softplus,
              unary::Softshrink, unary::Softsign, unary::Sqrt, unary::Square, unary::Stanh,
              unary::Swish, unary::Tanh, unary::TanhShrink, unary::ThresholdedRelu, unary::Trunc>;

inline constexpr const auto& kUnaryFunctions = UnaryFunctions::kRows;
static_assert([] {
  for (std::size_t i = 0; i < kUnaryFunctions.size(); ++i) {
    if (static_cast<std::size_t>(kUnaryFunctions[i].kind) != i) return false;
  }
  return true;
}());

// dst[i] = f(src[i]) of `count` floats, whole vectors, by the code of one instruction set. Of each
// vector only the first `channels` lanes are channels: where the function would make a finite
// number of what the others hold, or an infinite one of 0, they become 0. dst may be src.
using UnaryRun = void (*)(const UnaryParameters& p, std::int64_t channels, const float* src,
                          std::int64_t count, float* dst);

constexpr const UnaryFunction& row_of(UnaryKind kind) {
  return kUnaryFunctions[static_cast<std::size_t>(kind)];
}

}  // namespace u2net::kernels
