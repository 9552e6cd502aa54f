// SPDX-License-Identifier: Apache-2.0
// The activations, in alphabetical order. See functions.h.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/unary/unary_function.h"

namespace u2net::kernels::unary {

struct Brelu {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kBrelu,
      .name = "brelu",
      .parameters = {{{"t_min", 0}, {"t_max", 24}}},
      .is_bounded = true,
      .error = [](double, double, const UnaryParameters&) { return 0.0; },
      .steepness = [](const UnaryParameters&) { return 1.0; }};
  // clamp(x, t_min, t_max)
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    return std::min(std::max(x, T{p[0]}), T{p[1]});
  }
};

struct Celu {
  // As of elu, of which it is another form.
  static constexpr UnaryFunction kRow{.kind = UnaryKind::kCelu,
                                      .name = "celu",
                                      .parameters = {{{"alpha", 1}}},
                                      .is_bounded = true,
                                      .has_vector = false,
                                      .work = 8,
                                      .error = [](double, double y, const UnaryParameters& p) {
                                        return 6 * std::fabs(p[0]) + 4 * std::fabs(y);
                                      }};
  // x, or alpha * (exp(x / alpha) - 1) for what is not positive
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    return std::max(x, T{0}) + std::min(T{p[0]} * (std::exp(x / T{p[0]}) - T{1}), T{0});
  }
};

struct Elu {
  // The difference is off by units of 1.
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kElu,
      .name = "elu",
      .parameters = {{{"alpha", 1}}},
      .is_bounded = true,
      .work = 8,
      .error = [](double, double y,
                  const UnaryParameters& p) { return 4 * std::fabs(p[0]) + 4 * std::fabs(y); },
      .steepness = [](const UnaryParameters& p) { return std::max(1.0, std::fabs(double{p[0]})); }};
  // x, or alpha * (exp(x) - 1) for what is not positive
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    return x > T{0} ? x : T{p[0]} * (std::exp(x) - T{1});
  }
};

struct Gelu {
  // The distribution is off by a few units of 1, also where it is nearly 0.
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kGelu,
      .name = "gelu",
      .parameters = {{{"approximate", 0, /*is_flag=*/true}}},
      .work = 16,
      .error = [](double x, double, const UnaryParameters&) { return 8 * std::fabs(x); },
      .slope = 1.13,
      .steepness = [](const UnaryParameters&) { return 1.13; }};
  // x * Phi(x), Phi the normal distribution; where approximate, its approximation by tanh
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    constexpr T kHalfRoot = T(0.70710678118654752440), kFactor = T(0.79788456080286535588);
    if (p[0] == 0) return x * T{0.5} * (T{1} + std::erf(x * kHalfRoot));
    return x * T{0.5} * (T{1} + std::tanh(kFactor * (x + T(0.044715) * x * x * x)));
  }
};

struct HardShrink {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kHardShrink,
      .name = "hard_shrink",
      .parameters = {{{"threshold", 0.5F}}},
      .has_vector = false,
      .error = [](double, double, const UnaryParameters&) { return 0.0; },
      .slope = kSteep};
  // x, or 0 from -threshold to threshold; Paddle from 3.1 on keeps these two
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    return x * T(x < -T{p[0]} || x > T{p[0]});
  }
};

struct HardSigmoid {
  // Where the sum is not cut, its terms are at most the result and the offset.
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kHardSigmoid,
      .name = "hard_sigmoid",
      .parameters = {{{"slope", 0.2F}, {"offset", 0.5F}}},
      .is_bounded = true,
      .work = 4,
      .error = [](double, double y,
                  const UnaryParameters& p) { return 4 * std::fabs(y) + 4 * std::fabs(p[1]); },
      .slope = 0.2,
      .steepness = [](const UnaryParameters& p) { return std::fabs(double{p[0]}); }};
  // clamp(x * slope + offset, 0, 1)
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    return std::min(std::max(x * T{p[0]} + T{p[1]}, T{0}), T{1});
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
      .error = [](double x, double y,
                  const UnaryParameters&) { return 4 * std::fabs(x) + 8 * std::fabs(y); },
      .slope = 1.5,
      .steepness =
          [](const UnaryParameters& p) {
            return std::max({std::fabs(double{p[0]}), std::fabs(double{p[2]}),
                             std::fabs(2.0 * p[2] - p[0])}) /
                   std::fabs(double{p[1]});
          }};
  // x * clamp(x + offset, 0, threshold) / scale
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    const float offset = p[0], scale = p[1], threshold = p[2];
    return std::min(std::max(x + T{offset}, T{0}), T{threshold}) * x / T{scale};
  }
};

struct LeakyRelu {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kLeakyRelu,
      .name = "leaky_relu",
      .parameters = {{{"alpha", 0.02F}}},
      .error = [](double, double y, const UnaryParameters&) { return 2 * std::fabs(y); },
      .steepness = [](const UnaryParameters& p) { return std::max(1.0, std::fabs(double{p[0]})); }};
  // x, or alpha * x for what is not positive
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    return x > T{0} ? x : T{p[0]} * x;
  }
};

struct LogSigmoid {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kLogSigmoid,
      .name = "logsigmoid",
      .is_bounded = true,
      .has_vector = false,
      .work = 16,
      .error = [](double, double y, const UnaryParameters&) { return 4 + 4 * std::fabs(y); }};
  // -log(1 + exp(-x)), with m taken out of both terms
  template <class T>
  static T of(T x, const UnaryParameters&) {
    const T m = std::max(-x, T{0});
    return -m - std::log(std::exp(-m) + std::exp(-x - m));
  }
};

struct Mish {
  // The logarithm is off by units of 1.
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kMish,
      .name = "mish",
      .parameters = {{{"threshold", 20}}},
      .work = 16,
      .error = [](double x, double, const UnaryParameters&) { return 8 * std::fabs(x); },
      .slope = 1.1,
      .steepness = [](const UnaryParameters&) { return 1.1; }};
  // x * tanh(log(1 + exp(x)))
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    const T plus = x > T{p[0]} ? x : std::log(T{1} + std::exp(x));
    return x * std::tanh(plus);
  }
};

struct Relu {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kRelu,
      .name = "relu",
      .takes_integers = true,
      .error = [](double, double, const UnaryParameters&) { return 0.0; }};
  // max(x, 0); NaN and -0 give +0, as Paddle's CPU kernel does.
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return x > T{0} ? x : T{0};
  }
};

struct Relu6 {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kRelu6,
      .name = "relu6",
      .parameters = {{{"threshold", 6}}},
      .is_bounded = true,
      .error = [](double, double, const UnaryParameters&) { return 0.0; },
      .steepness = [](const UnaryParameters&) { return 1.0; }};
  // clamp(x, 0, threshold)
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    return std::min(std::max(x, T{0}), T{p[0]});
  }
};

struct Selu {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kSelu,
      .name = "selu",
      .parameters = {{{"scale", 1.0507009873554805F}, {"alpha", 1.6732632423543772F}}},
      .is_bounded = true,
      .work = 8,
      .error =
          [](double, double y, const UnaryParameters& p) {
            return 6 * std::fabs(p[0] * p[1]) + 4 * std::fabs(y);
          },
      .slope = 1.76};
  // scale * x, or scale * alpha * (exp(x) - 1) for what is not positive
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    return T{p[0]} * (x > T{0} ? x : T{p[1]} * (std::exp(x) - T{1}));
  }
};

struct Sigmoid {
  // exp and the division are within a few units each; the result is at most 1.
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kSigmoid,
      .name = "sigmoid",
      .is_bounded = true,
      .work = 8,
      .error = [](double, double, const UnaryParameters&) { return 8.0; },
      .slope = 0.25,
      .steepness = [](const UnaryParameters&) { return 0.25; }};
  // 1 / (1 + exp(-x))
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return T{1} / (T{1} + std::exp(-x));
  }
};

// Of x / (1 + e^-z): where the exponential is beyond 2^128, the quotient is 0 in one evaluation and
// up to 2^-128 of x in another; in units of rounding.
inline constexpr double kOverflown = 0x1p-104;

struct Silu {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kSilu,
      .name = "silu",
      .work = 8,
      .error = [](double x, double y,
                  const UnaryParameters&) { return 8 * std::fabs(y) + kOverflown * std::fabs(x); },
      .slope = 1.1,
      .steepness = [](const UnaryParameters&) { return 1.1; }};
  // x / (1 + exp(-x))
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return x / (T{1} + std::exp(-x));
  }
};

struct Softplus {
  // The logarithm is off by units of 1 and of itself.
  static constexpr UnaryFunction kRow{.kind = UnaryKind::kSoftplus,
                                      .name = "softplus",
                                      .parameters = {{{"beta", 1}, {"threshold", 20}}},
                                      .is_bounded = true,
                                      .has_vector = false,
                                      .work = 16,
                                      .error = [](double, double y, const UnaryParameters& p) {
                                        return 4 / std::fabs(p[0]) + 4 * std::fabs(y);
                                      }};
  // log(1 + exp(beta * x)) / beta, or x beyond the threshold
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    const T scaled = T{p[0]} * x;
    return scaled > T{p[1]} ? x : std::log(T{1} + std::exp(scaled)) / T{p[0]};
  }
};

struct Softshrink {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kSoftshrink,
      .name = "softshrink",
      .parameters = {{{"lambda", 0.5F}}},
      .has_vector = false,
      .error = [](double, double y, const UnaryParameters&) { return 2 * std::fabs(y); }};
  // x less lambda above lambda, x and lambda below -lambda, 0 between; what is infinite gives NaN
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    const T lambda{p[0]};
    return T(x > lambda) * (x - lambda) + T(x < -lambda) * (x + lambda);
  }
};

struct Softsign {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kSoftsign,
      .name = "softsign",
      .work = 4,
      .error = [](double, double y, const UnaryParameters&) { return 4 * std::fabs(y); }};
  // x / (1 + |x|)
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return x / (T{1} + std::fabs(x));
  }
};

struct Stanh {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kStanh,
      .name = "stanh",
      .parameters = {{{"scale_a", 0.67F}, {"scale_b", 1.7159F}}},
      .is_bounded = true,
      .has_vector = false,
      .work = 8,
      .error = [](double, double y, const UnaryParameters&) { return 8 * std::fabs(y); },
      .slope = 1.15};
  // scale_b * tanh(scale_a * x)
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    return T{p[1]} * std::tanh(T{p[0]} * x);
  }
};

struct Swish {
  // The exponential is as far off as its rounded argument.
  static constexpr UnaryFunction kRow{.kind = UnaryKind::kSwish,
                                      .name = "swish",
                                      .parameters = {{{"beta", 1}}},
                                      .work = 8,
                                      .error =
                                          [](double x, double y, const UnaryParameters& p) {
                                            return (8 + 2 * std::fabs(p[0] * x)) * std::fabs(y) +
                                                   kOverflown * std::fabs(x);
                                          },
                                      .slope = 1.1,
                                      .steepness = [](const UnaryParameters&) { return 1.1; }};
  // x / (1 + exp(-beta * x))
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    return x / (T{1} + std::exp(-T{p[0]} * x));
  }
};

struct Tanh {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kTanh,
      .name = "tanh",
      .is_bounded = true,
      .work = 8,
      .error = [](double, double y, const UnaryParameters&) { return 8 * std::fabs(y); },
      .steepness = [](const UnaryParameters&) { return 1.0; }};
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return std::tanh(x);
  }
};

struct TanhShrink {
  static constexpr UnaryFunction kRow{.kind = UnaryKind::kTanhShrink,
                                      .name = "tanh_shrink",
                                      .work = 8,
                                      .error = [](double x, double y, const UnaryParameters&) {
                                        return 8 * std::min(std::fabs(x), 1.0) + 2 * std::fabs(y);
                                      }};
  // x - tanh(x)
  template <class T>
  static T of(T x, const UnaryParameters&) {
    return x - std::tanh(x);
  }
};

struct ThresholdedRelu {
  static constexpr UnaryFunction kRow{
      .kind = UnaryKind::kThresholdedRelu,
      .name = "thresholded_relu",
      .parameters = {{{"threshold", 1}}},
      .error = [](double, double, const UnaryParameters&) { return 0.0; },
      .slope = kSteep};
  // x, or 0 for what is not above the threshold; what is not finite gives NaN there
  template <class T>
  static T of(T x, const UnaryParameters& p) {
    return x > T{p[0]} ? x : x * T{0};
  }
};

}  // namespace u2net::kernels::unary
