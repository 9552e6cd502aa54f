// SPDX-License-Identifier: Apache-2.0
// The functions of angles and of the hyperbola, in alphabetical order. See functions.h.
#pragma once

#include <cmath>

#include "kernels/unary/unary_function.h"

namespace u2net::kernels::unary {

struct Acos {
  static constexpr UnaryFunction kRow = library_function(UnaryKind::kAcos, "acos", kSteep);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::acos(x);
  }
};

struct Acosh {
  static constexpr UnaryFunction kRow = library_function(UnaryKind::kAcosh, "acosh", kSteep);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::acosh(x);
  }
};

struct Asin {
  static constexpr UnaryFunction kRow = library_function(UnaryKind::kAsin, "asin", kSteep);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::asin(x);
  }
};

struct Asinh {
  static constexpr UnaryFunction kRow = library_function(UnaryKind::kAsinh, "asinh", 1);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::asinh(x);
  }
};

struct Atan {
  static constexpr UnaryFunction kRow =
      library_function(UnaryKind::kAtan, "atan", 1, /*is_bounded=*/true);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::atan(x);
  }
};

struct Atanh {
  static constexpr UnaryFunction kRow = library_function(UnaryKind::kAtanh, "atanh", kSteep);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::atanh(x);
  }
};

struct Cos {
  static constexpr UnaryFunction kRow = library_function(UnaryKind::kCos, "cos", 1);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::cos(x);
  }
};

struct Cosh {
  static constexpr UnaryFunction kRow = library_function(UnaryKind::kCosh, "cosh", kSteep);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::cosh(x);
  }
};

struct Sin {
  static constexpr UnaryFunction kRow = library_function(UnaryKind::kSin, "sin", 1);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::sin(x);
  }
};

struct Sinh {
  static constexpr UnaryFunction kRow = library_function(UnaryKind::kSinh, "sinh", kSteep);
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::sinh(x);
  }
};

}  // namespace u2net::kernels::unary
