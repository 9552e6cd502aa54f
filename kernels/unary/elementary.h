// SPDX-License-Identifier: Apache-2.0
// The functions of arithmetic, in alphabetical order. See functions.h. Of integers, what does not
// fit wraps around.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "kernels/unary/unary_function.h"

namespace u2net::kernels::unary {

struct Abs {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kAbs,
      .name = "abs",
      .takes_integers = true,
      .error = [](double, double, const UnaryParameters&) { return 0.0; }};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    if constexpr (std::is_integral_v<T>) {
      return x < 0 ? static_cast<T>(-static_cast<std::make_unsigned_t<T>>(x)) : x;
    } else {
      return std::fabs(x);
    }
  }
};

struct Ceil {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kCeil,
      .name = "ceil",
      .takes_integers = true,
      .has_vector = false,
      .error = [](double, double, const UnaryParameters&) { return 0.0; },
      .slope = kSteep};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    if constexpr (std::is_integral_v<T>) {
      return x;
    } else {
      return std::ceil(x);
    }
  }
};

struct Erf {
  static constexpr UnaryFunction kRow =
      library_function(UnaryKind::kErf, "erf", 1.13, /*is_bounded=*/true);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::erf(x);
  }
};

struct Exp {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kExp,
      .name = "exp",
      .is_bounded = true,
      .work = 8,
      .error = [](double, double y, const UnaryParameters&) { return 8 * std::fabs(y); },
      .slope = kSteep};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::exp(x);
  }
};

struct Expm1 {
  static constexpr UnaryFunction kRow =
      library_function(UnaryKind::kExpm1, "expm1", kSteep, /*is_bounded=*/true);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::expm1(x);
  }
};

struct Floor {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kFloor,
      .name = "floor",
      .takes_integers = true,
      .has_vector = false,
      .error = [](double, double, const UnaryParameters&) { return 0.0; },
      .slope = kSteep};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    if constexpr (std::is_integral_v<T>) {
      return x;
    } else {
      return std::floor(x);
    }
  }
};

struct Log {
  static constexpr UnaryFunction kRow =
      library_function(UnaryKind::kLog, "log", kSteep, /*is_bounded=*/false, /*has_pole=*/true);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::log(x);
  }
};

struct Log10 {
  static constexpr UnaryFunction kRow =
      library_function(UnaryKind::kLog10, "log10", kSteep, /*is_bounded=*/false, /*has_pole=*/true);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::log10(x);
  }
};

struct Log1p {
  static constexpr UnaryFunction kRow = library_function(UnaryKind::kLog1p, "log1p", kSteep);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::log1p(x);
  }
};

struct Log2 {
  static constexpr UnaryFunction kRow =
      library_function(UnaryKind::kLog2, "log2", kSteep, /*is_bounded=*/false, /*has_pole=*/true);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::log2(x);
  }
};

struct Pow {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kPow,
      .name = "pow",
      .parameters = {{{"factor", 1}}},
      .takes_integers = true,
      .is_bounded = true,
      .has_pole = true,
      .has_vector = false,
      .work = 32,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); },
      .slope = kSteep};
  // x to the power of factor, which is cut to an integer for integers
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    if constexpr (std::is_integral_v<T>) {
      const double power = std::pow(static_cast<double>(x), std::trunc(double{p[0]}));
      return std::fabs(power) < 0x1p63 ? static_cast<T>(static_cast<std::int64_t>(power)) : T{0};
    } else {
      return std::pow(x, T{p[0]});
    }
  }
};

struct Reciprocal {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kReciprocal,
      .name = "reciprocal",
      .is_bounded = true,
      .has_pole = true,
      .error = [](double, double y, const UnaryParameters&) { return 2 * std::fabs(y); },
      .slope = kSteep};
  // 1 / x
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return T{1} / x;
  }
};

struct Round {
  // Halves away from 0, as Paddle 2 does.
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kRound,
      .name = "round",
      .takes_integers = true,
      .has_vector = false,
      .error = [](double, double, const UnaryParameters&) { return 0.0; },
      .slope = kSteep};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    if constexpr (std::is_integral_v<T>) {
      return x;
    } else {
      return std::round(x);
    }
  }
};

struct Rsqrt {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kRsqrt,
      .name = "rsqrt",
      .is_bounded = true,
      .has_pole = true,
      .has_vector = false,
      .work = 8,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); },
      .slope = kSteep};
  // 1 / sqrt(x)
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return T{1} / std::sqrt(x);
  }
};

struct Sign {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kSign,
      .name = "sign",
      .takes_integers = true,
      .is_bounded = true,
      .has_vector = false,
      .error = [](double, double, const UnaryParameters&) { return 0.0; },
      .slope = kSteep};
  // -1, 0 or 1; NaN stays
  template <class T>
  static T of(T x, const UnaryParameters&) {
    if (x > T{0}) return T{1};
    return x < T{0} ? T{-1} : x;
  }
};

struct Sqrt {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kSqrt,
      .name = "sqrt",
      .has_vector = false,
      .work = 4,
      .error = [](double, double y, const UnaryParameters&) { return 2 * std::fabs(y); },
      .slope = kSteep};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::sqrt(x);
  }
};

struct Square {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kSquare,
      .name = "square",
      .takes_integers = true,
      .error = [](double, double y, const UnaryParameters&) { return 2 * std::fabs(y); },
      .slope = kSteep};
  // x * x
  template <class T>
  static T of(T x, const UnaryParameters&) {
    if constexpr (std::is_integral_v<T>) {
      using U = std::make_unsigned_t<T>;
      return static_cast<T>(static_cast<U>(x) * static_cast<U>(x));
    } else {
      return x * x;
    }
  }
};

struct Trunc {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kTrunc,
      .name = "trunc",
      .takes_integers = true,
      .has_vector = false,
      .error = [](double, double, const UnaryParameters&) { return 0.0; },
      .slope = kSteep};
  // towards 0
  template <class T>
  static T of(T x, const UnaryParameters&) {
    if constexpr (std::is_integral_v<T>) {
      return x;
    } else {
      return std::trunc(x);
    }
  }
};

}  // namespace u2net::kernels::unary
