// SPDX-License-Identifier: Apache-2.0
// What an elementwise function of one operand says about itself: its row. functions.h has the rules
// and the list of all functions.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace u2net::kernels {

enum class UnaryKind : std::uint8_t {
  kAbs,
  kAcos,
  kAcosh,
  kAsin,
  kAsinh,
  kAtan,
  kAtanh,
  kBrelu,
  kCeil,
  kCelu,
  kCos,
  kCosh,
  kElu,
  kErf,
  kExp,
  kExpm1,
  kFloor,
  kGelu,
  kHardShrink,
  kHardSigmoid,
  kHardSwish,
  kLeakyRelu,
  kLog,
  kLog10,
  kLog1p,
  kLog2,
  kLogSigmoid,
  kMish,
  kPow,
  kReciprocal,
  kRelu,
  kRelu6,
  kRound,
  kRsqrt,
  kSelu,
  kSigmoid,
  kSign,
  kSilu,
  kSin,
  kSinh,
  kSoftplus,
  kSoftshrink,
  kSoftsign,
  kSqrt,
  kSquare,
  kStanh,
  kSwish,
  kTanh,
  kTanhShrink,
  kThresholdedRelu,
  kTrunc,
};

// What a function is told besides x, in the order of its row; and what is done to its result:
//   f(x) * factor + summand     of floats; nothing by itself, as adding -0 keeps every number
struct UnaryParameters : std::array<float, 3> {
  float factor = 1, summand = -0.0F;

  bool operator==(const UnaryParameters&) const = default;
  bool has_line() const { return factor != 1 || summand != 0; }
  // The same function without.
  UnaryParameters alone() const {
    UnaryParameters p = *this;
    p.factor = 1;
    p.summand = -0.0F;
    return p;
  }
};

struct UnaryParameter {
  std::string_view name = {};  // empty: there is none
  float otherwise = 0;
  bool is_flag = false;  // 0 or 1
};

// For UnaryFunction::slope.
inline constexpr double kSteep = 0;

struct UnaryFunction {
  UnaryKind kind;
  std::string_view name;
  std::array<UnaryParameter, 3> parameters = {};
  bool takes_integers = false;
  bool is_bounded = false;  // an infinite operand has a finite result
  bool has_pole = false;    // the result of 0 is infinite
  bool has_vector = true;   // a formula for vectors; without one it runs on the reference kernel
  double work = 2;          // of an element, as engine/graph/op.h counts
  // How far two evaluations of y = f(x) may be apart, in units of 2^-24.
  double (*error)(double x, double y, const UnaryParameters& p);
  // The largest, with the function's own parameters. kSteep: there is none, but the results of an
  // interval's ends are those that differ most from the result between them.
  double slope = 1;
  // The same with any parameters. Null: nobody fuses it into another operator.
  double (*steepness)(const UnaryParameters& p) = nullptr;

  // Whether it may be fused into a convolution, at its end.
  constexpr bool ends_convolutions() const {
    return steepness != nullptr && has_vector && !has_pole;
  }
};

// How far two evaluations of f(x) * factor + summand may be apart, in units of 2^-24, where those
// of y = f(x) are `error` apart: one may round twice, the other once.
inline double error_behind(const UnaryParameters& p, double y, double error) {
  if (!p.has_line()) return error;
  const double factor = p.factor < 0 ? -p.factor : p.factor,
               summand = p.summand < 0 ? -p.summand : p.summand;
  return error * factor + 3 * ((y < 0 ? -y : y) * factor + summand);
}

// The row of a function as the C++ library has it, within a few units in the last place, and with
// no formula for vectors.
constexpr UnaryFunction library_function(UnaryKind kind, std::string_view name, double slope,
                                         bool is_bounded = false, bool has_pole = false) {
  return {.kind = kind,
          .name = name,
          .is_bounded = is_bounded,
          .has_pole = has_pole,
          .has_vector = false,
          .work = 16,
          .error = [](double, double y, const UnaryParameters&) { return 4 * (y < 0 ? -y : y); },
          .slope = slope};
}

// A function that ends another operator.
struct Activation {
  UnaryKind kind = UnaryKind::kRelu;
  UnaryParameters parameters = {};

  bool operator==(const Activation&) const = default;
};

}  // namespace u2net::kernels
