// SPDX-License-Identifier: Apache-2.0
// The functions of functions.h of vectors: those whose rows do not say that they have none.
#pragma once

#include "kernels/unary/exponential-inl.h"
#include "kernels/unary/functions.h"

namespace u2net::kernels::U2NET_ISA {

// The smaller one; b where either is NaN.
template <int W>
U2NET_INLINE Vec<W> least(Vec<W> a, Vec<W> b) {
  return -max<W>(-a, -b);
}

// x held between two numbers; NaN stays.
template <int W>
U2NET_INLINE Vec<W> clamped(Vec<W> x, float low, float high) {
  const Vec<W> above = x < splat<W>(low) ? splat<W>(low) : x;
  return above > splat<W>(high) ? splat<W>(high) : above;
}

// e^x where that is a normal number, 0 below, infinite above; NaN stays.
template <int W>
U2NET_INLINE Vec<W> whole_exponential(Vec<W> x) {
  // The least whose exponential is 2^-126 or more.
  constexpr float kLow = -87.33654F, kHigh = 88.72F;
  const Vec<W> inner = exponential<W>(least<W>(max<W>(x, splat<W>(kLow)), splat<W>(kHigh)));
  const Vec<W> low = x < splat<W>(kLow) ? Vec<W>{} : inner;
  const Vec<W> result = x > splat<W>(kHigh) ? splat<W>(__builtin_inff()) : low;
  return x == x ? result : x;
}

// x / (1 + e^-z): with h = e^(z/2), x * h^2 / (1 + h^2). Below 0 the factors are applied one by
// one, as their product may be too small for a number where that with x is not.
template <int W>
U2NET_INLINE Vec<W> times_logistic(Vec<W> x, Vec<W> z) {
  const Vec<W> one = splat<W>(1.0F), half = splat<W>(0.5F);
  const Vec<W> inner =
      exponential<W>(half * least<W>(max<W>(z, splat<W>(-174.0F)), splat<W>(60.0F)));
  const Vec<W> h = z < splat<W>(-174.0F) ? Vec<W>{} : inner;
  const Vec<W> rest = h / madd<W>(h, h, one);
  const Vec<W> result = z < Vec<W>{} ? (x * h) * rest : x * (h * rest);
  return x == x ? result : x;
}

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

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Abs, Vec<W> x, const UnaryParameters&) {
  return max<W>(x, -x);
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Brelu, Vec<W> x, const UnaryParameters& p) {
  return clamped<W>(x, p[0], p[1]);
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Elu, Vec<W> x, const UnaryParameters& p) {
  const Vec<W> below = splat<W>(p[0]) * (whole_exponential<W>(x) - splat<W>(1.0F));
  return x > Vec<W>{} ? x : below;
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Exp, Vec<W> x, const UnaryParameters&) {
  return whole_exponential<W>(x);
}

// erf by Hastings' formula (Abramowitz and Stegun, 7.1.26), within 1.5e-7 of 1: with
// t = 1 / (1 + q |z|), 1 - (a1 t + ... + a5 t^5) e^-z^2.
template <int W>
U2NET_INLINE Vec<W> error_function(Vec<W> z) {
  constexpr float kCoefficients[] = {1.061405429F, -1.453152027F, 1.421413741F, -0.284496736F,
                                     0.254829592F};
  const Vec<W> one = splat<W>(1.0F), size = max<W>(z, -z);
  const Vec<W> t = one / madd<W>(splat<W>(0.3275911F), size, one);
  Vec<W> sum = splat<W>(kCoefficients[0]);
  for (int i = 1; i < 5; ++i) sum = madd<W>(sum, t, splat<W>(kCoefficients[i]));
  const Vec<W> result = one - sum * t * exponential<W>(max<W>(-(size * size), splat<W>(-87.0F)));
  return z < Vec<W>{} ? -result : result;
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Gelu, Vec<W> x, const UnaryParameters& p) {
  const Vec<W> half = splat<W>(0.5F) * x, one = splat<W>(1.0F);
  if (p[0] == 0) {
    const Vec<W> result = half * (one + error_function<W>(x * splat<W>(0.70710678118654752440F)));
    return x == x ? result : x;
  }
  const Vec<W> inner = madd<W>(splat<W>(0.044715F) * x * x, x, x) * splat<W>(0.79788456080286536F);
  return half * (one + vector_of<W>(unary::Tanh{}, inner, p));
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::HardSigmoid, Vec<W> x, const UnaryParameters& p) {
  return clamped<W>(madd<W>(x, splat<W>(p[0]), splat<W>(p[1])), 0, 1);
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::LeakyRelu, Vec<W> x, const UnaryParameters& p) {
  return x > Vec<W>{} ? x : splat<W>(p[0]) * x;
}

// tanh(log(1 + e)) = n / (n + 2) with n = e (e + 2), e = e^x. Beyond 40 it is 1.
template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Mish, Vec<W> x, const UnaryParameters&) {
  const Vec<W> two = splat<W>(2.0F);
  const Vec<W> e = whole_exponential<W>(least<W>(x, splat<W>(40.0F)));
  const Vec<W> n = e * (e + two);
  const Vec<W> result = x * (n / (n + two));
  return x == x ? result : x;
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Reciprocal, Vec<W> x, const UnaryParameters&) {
  return splat<W>(1.0F) / x;
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Relu6, Vec<W> x, const UnaryParameters& p) {
  return clamped<W>(x, 0, p[0]);
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Selu, Vec<W> x, const UnaryParameters& p) {
  const Vec<W> below = splat<W>(p[1]) * (whole_exponential<W>(x) - splat<W>(1.0F));
  return splat<W>(p[0]) * (x > Vec<W>{} ? x : below);
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Silu, Vec<W> x, const UnaryParameters&) {
  return times_logistic<W>(x, x);
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Softsign, Vec<W> x, const UnaryParameters&) {
  return x / (splat<W>(1.0F) + max<W>(x, -x));
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Square, Vec<W> x, const UnaryParameters&) {
  return x * x;
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::Swish, Vec<W> x, const UnaryParameters& p) {
  return times_logistic<W>(x, splat<W>(p[0]) * x);
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::TanhShrink, Vec<W> x, const UnaryParameters& p) {
  return x - vector_of<W>(unary::Tanh{}, x, p);
}

template <int W>
U2NET_INLINE Vec<W> vector_of(unary::ThresholdedRelu, Vec<W> x, const UnaryParameters& p) {
  return x > splat<W>(p[0]) ? x : x * Vec<W>{};
}

}  // namespace u2net::kernels::U2NET_ISA
