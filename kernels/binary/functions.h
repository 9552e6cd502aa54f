// SPDX-License-Identifier: Apache-2.0
// Elementwise functions of two operands: one struct a function, with its row (what it is called,
// how far two evaluations may be apart) and its formula, which serves numbers and, unless its row
// says otherwise, vectors of every width alike. The rest follows from the list at the end, as in
// kernels/unary/functions.h.
//
// Integers wrap around. Paddle refuses to divide one by 0; here the result is 0, so that a run
// cannot end for the sake of an element.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "kernels/cast/cast.h"

namespace u2net::kernels {

enum class BinaryKind : std::uint8_t {
  kAdd,
  kDivide,
  kFloorDivide,
  kFmax,
  kFmin,
  kMaximum,
  kMinimum,
  kModulo,
  kMultiply,
  kPower,
  kSubtract,
};

struct BinaryFunction {
  BinaryKind kind;
  std::string_view name;
  double error = 2;          // how far two results may be apart, in units of 2^-24 of themselves
  bool commutes = false;     // f(a, b) is f(b, a)
  bool by_unsigned = false;  // of integers it is what the formula gives for unsigned ones
  bool has_pole = false;     // the result of zeros is no finite number
  bool has_vector = true;    // the formula serves vectors; else it runs on the reference kernel
};

namespace binary {

struct Add {
  static constexpr BinaryFunction kRow{
      .kind = BinaryKind::kAdd, .name = "elementwise_add", .commutes = true, .by_unsigned = true};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    return a + b;
  }
};

// Towards 0 for integers, and what does not fit wraps around.
template <class T>
constexpr T quotient(T a, T b) {
  if (b == 0) return 0;
  if (b == -1) return static_cast<T>(-static_cast<std::make_unsigned_t<T>>(a));
  return a / b;
}

// With the sign of a.
template <class T>
constexpr T remainder(T a, T b) {
  return b == 0 || b == -1 ? T{0} : static_cast<T>(a % b);
}

struct Divide {
  static constexpr BinaryFunction kRow{
      .kind = BinaryKind::kDivide, .name = "elementwise_div", .has_pole = true};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return quotient(a, b);
    } else {
      return a / b;
    }
  }
};

// Towards minus infinity.
struct FloorDivide {
  static constexpr BinaryFunction kRow{.kind = BinaryKind::kFloorDivide,
                                       .name = "elementwise_floordiv",
                                       .error = 0,
                                       .has_vector = false};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      const bool is_cut = remainder(a, b) != 0 && (a < 0) != (b < 0);
      return static_cast<T>(quotient(a, b) - (is_cut ? 1 : 0));
    } else {
      return std::floor(a / b);
    }
  }
};

// The other one where one is NaN.
struct Fmax {
  static constexpr BinaryFunction kRow{
      .kind = BinaryKind::kFmax, .name = "elementwise_fmax", .error = 0, .has_vector = false};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return a > b ? a : b;
    } else {
      return std::fmax(a, b);
    }
  }
};

struct Fmin {
  static constexpr BinaryFunction kRow{
      .kind = BinaryKind::kFmin, .name = "elementwise_fmin", .error = 0, .has_vector = false};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return a < b ? a : b;
    } else {
      return std::fmin(a, b);
    }
  }
};

// b where either is NaN, as Paddle 2 does.
struct Maximum {
  static constexpr BinaryFunction kRow{
      .kind = BinaryKind::kMaximum, .name = "elementwise_max", .error = 0};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    return a > b ? a : b;
  }
};

struct Minimum {
  static constexpr BinaryFunction kRow{
      .kind = BinaryKind::kMinimum, .name = "elementwise_min", .error = 0};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    return a < b ? a : b;
  }
};

// With the sign of b.
struct Modulo {
  static constexpr BinaryFunction kRow{
      .kind = BinaryKind::kModulo, .name = "elementwise_mod", .error = 0, .has_vector = false};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    T rest;
    if constexpr (std::is_integral_v<T>) {
      rest = remainder(a, b);
    } else {
      rest = std::fmod(a, b);
    }
    return rest != 0 && (b < 0) != (rest < 0) ? static_cast<T>(rest + b) : rest;
  }
};

struct Multiply {
  static constexpr BinaryFunction kRow{.kind = BinaryKind::kMultiply,
                                       .name = "elementwise_mul",
                                       .commutes = true,
                                       .by_unsigned = true};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    return a * b;
  }
};

// Of integers the nearest one; the smallest where that does not fit.
struct Power {
  static constexpr BinaryFunction kRow{
      .kind = BinaryKind::kPower, .name = "elementwise_pow", .error = 4, .has_vector = false};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return cast_one<T>(std::nearbyint(std::pow(static_cast<double>(a), static_cast<double>(b))));
    } else {
      return std::pow(a, b);
    }
  }
};

struct Subtract {
  static constexpr BinaryFunction kRow{
      .kind = BinaryKind::kSubtract, .name = "elementwise_sub", .by_unsigned = true};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    return a - b;
  }
};

}  // namespace binary

// In the order of BinaryKind.
template <class... F>
struct BinaryList {
  static constexpr std::array<BinaryFunction, sizeof...(F)> kRows = {F::kRow...};

  // f(F{}) for the function of that kind.
  template <class Visitor>
  static void visit(BinaryKind kind, const Visitor& f) {
    ((kind == F::kRow.kind ? f(F{}) : void()), ...);
  }
};
using BinaryFunctions = BinaryList<binary::Add, binary::Divide, binary::FloorDivide, binary::Fmax,
                                   binary::Fmin, binary::Maximum, binary::Minimum, binary::Modulo,
                                   binary::Multiply, binary::Power, binary::Subtract>;

inline constexpr const auto& kBinaryFunctions = BinaryFunctions::kRows;
static_assert([] {
  for (std::size_t i = 0; i < kBinaryFunctions.size(); ++i) {
    if (static_cast<std::size_t>(kBinaryFunctions[i].kind) != i) return false;
  }
  return true;
}());

constexpr const BinaryFunction& row_of(BinaryKind kind) {
  return kBinaryFunctions[static_cast<std::size_t>(kind)];
}

}  // namespace u2net::kernels
