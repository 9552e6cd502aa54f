// SPDX-License-Identifier: Apache-2.0
// The functions of angles and of the hyperbola, in alphabetical order. See functions.h.
#pragma once

#include <cmath>

#include "kernels/unary/unary_function.h"

namespace u2net::kernels::unary {

struct Acos {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kAcos,
      .name = "acos",
      .has_vector = false,
      .work = 16,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); },
      .slope = kSteep};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::acos(x);
  }
};

struct Acosh {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kAcosh,
      .name = "acosh",
      .has_vector = false,
      .work = 16,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); },
      .slope = kSteep};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::acosh(x);
  }
};

struct Asin {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kAsin,
      .name = "asin",
      .has_vector = false,
      .work = 16,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); },
      .slope = kSteep};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::asin(x);
  }
};

struct Asinh {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kAsinh,
      .name = "asinh",
      .has_vector = false,
      .work = 16,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); }};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::asinh(x);
  }
};

struct Atan {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kAtan,
      .name = "atan",
      .is_bounded = true,
      .has_vector = false,
      .work = 16,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); }};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::atan(x);
  }
};

struct Atanh {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kAtanh,
      .name = "atanh",
      .has_vector = false,
      .work = 16,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); },
      .slope = kSteep};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::atanh(x);
  }
};

struct Cos {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kCos,
      .name = "cos",
      .has_vector = false,
      .work = 16,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); }};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::cos(x);
  }
};

struct Cosh {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kCosh,
      .name = "cosh",
      .has_vector = false,
      .work = 16,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); },
      .slope = kSteep};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::cosh(x);
  }
};

struct Sin {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kSin,
      .name = "sin",
      .has_vector = false,
      .work = 16,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); }};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::sin(x);
  }
};

struct Sinh {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kSinh,
      .name = "sinh",
      .has_vector = false,
      .work = 16,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); },
      .slope = kSteep};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::sinh(x);
  }
};

}  // namespace u2net::kernels::unary
