// SPDX-License-Identifier: Apache-2.0
// Arithmetic of two and more operands, comparisons, and choices by them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/ops/bitwise.h"
#include "engine/ops/classify.h"
#include "engine/ops/clip.h"
#include "engine/ops/compare.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/scale.h"
#include "engine/ops/unary.h"
#include "engine/ops/where.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

using kernels::BinaryKind;
using kernels::BitwiseKind;
using kernels::CompareKind;
using kernels::UnaryKind;

int broadcast_rank(int a, int b) {
  return a == kUnknownRank || b == kUnknownRank ? kUnknownRank : std::max(a, b);
}

// Of inputs 0 and 1.
int both_ranks(const OnnxNode& n) { return broadcast_rank(n.rank(0), n.rank(1)); }

template <BinaryKind kind>
void binary(OnnxNode& n) {
  n.finish(make_operator<Elementwise>(kind), {{n.input(0)}, {n.input(1)}}, both_ranks(n));
}

template <CompareKind kind>
void compare(OnnxNode& n) {
  n.finish(make_operator<Compare>(kind), {{n.input(0)}, {n.input(1)}}, both_ranks(n));
}

void logical_not(OnnxNode& n) { n.finish(make_operator<LogicalNot>(), {{n.input(0)}}, n.rank(0)); }

template <BitwiseKind kind>
void bitwise(OnnxNode& n) {
  n.finish(make_operator<Bitwise>(kind), {{n.input(0)}, {n.input(1)}}, both_ranks(n));
}

void bitwise_not(OnnxNode& n) { n.finish(make_operator<BitwiseNot>(), {{n.input(0)}}, n.rank(0)); }

void is_nan(OnnxNode& n) {
  n.finish(make_operator<Classify>(NumberClass::kNan), {{n.input(0)}}, n.rank(0));
}

// Of either sign, of one, or of none.
void is_infinite(OnnxNode& n) {
  const bool negative = n.attributes.boolean("detect_negative", true),
             positive = n.attributes.boolean("detect_positive", true);
  const auto classify = make_operator<Classify>(NumberClass::kInfinite);
  const int rank = n.rank(0);
  if (negative && positive) return n.finish(classify, {{n.input(0)}}, rank);
  const ValueId is_infinite = n.add(classify, {{n.input(0)}}, rank), bound = n.number(0.0F);
  // A sign that no infinite number has, where neither is asked for.
  const CompareKind kind = negative   ? CompareKind::kLessThan
                           : positive ? CompareKind::kGreaterThan
                                      : CompareKind::kEqual;
  const ValueId has_sign = n.add(make_operator<Compare>(kind), {{n.input(0)}, {bound}}, rank);
  n.finish(make_operator<Compare>(CompareKind::kAnd), {{is_infinite}, {has_sign}}, rank);
}

// x, y, z, ... from left to right.
template <BinaryKind kind>
ValueId joined(OnnxNode& n) {
  ValueId total = n.input(0);
  int rank = n.rank(0);
  for (int i = 1; i < n.count(); ++i) {
    rank = broadcast_rank(rank, n.rank(i));
    total = n.add(make_operator<Elementwise>(kind), {{total}, {n.input(i)}}, rank);
  }
  return total;
}

template <BinaryKind kind>
void variadic(OnnxNode& n) {
  n.finish_as(joined<kind>(n));
}

int widest_rank(const OnnxNode& n) {
  int rank = n.rank(0);
  for (int i = 1; i < n.count(); ++i) rank = broadcast_rank(rank, n.rank(i));
  return rank;
}

void mean(OnnxNode& n) {
  const ValueId sum = joined<BinaryKind::kAdd>(n);
  n.finish(make_operator<Scale>(ScaleOptions{.scale = 1.0 / n.count()}), {{sum}}, widest_rank(n));
}

void negative(OnnxNode& n) {
  n.finish(make_operator<Scale>(ScaleOptions{.scale = -1}), {{n.input(0)}}, n.rank(0));
}

// Powers that are numbers have functions of their own. An exponent of another type than the base
// would not do as an operand beside it.
void power(OnnxNode& n) {
  const std::optional<double> exponent = n.known_number(1);
  const bool keeps_rank =
      exponent && (n.rank(1) == 0 || (n.rank(0) != kUnknownRank && n.rank(1) <= n.rank(0)));
  if (!keeps_rank) return binary<BinaryKind::kPower>(n);
  std::shared_ptr<const Operator> op;
  if (*exponent == 2) {
    op = make_operator<Unary>(UnaryKind::kSquare);
  } else if (*exponent == 0.5) {
    op = make_operator<Unary>(UnaryKind::kSqrt);
  } else {
    kernels::UnaryParameters parameters = default_parameters(UnaryKind::kPow);
    parameters[0] = static_cast<float>(*exponent);
    op = make_operator<Unary>(UnaryKind::kPow, parameters);
  }
  n.finish(std::move(op), {{n.input(0)}}, n.rank(0));
}

// With the sign of y; fmod, of x, is that of the absolute values times the sign of x.
void modulo(OnnxNode& n) {
  if (!n.attributes.boolean("fmod", false)) return binary<BinaryKind::kModulo>(n);
  const auto absolute = make_operator<Unary>(UnaryKind::kAbs);
  const int rank = both_ranks(n);
  const ValueId x = n.add(absolute, {{n.input(0)}}, n.rank(0)),
                y = n.add(absolute, {{n.input(1)}}, n.rank(1)),
                rest = n.add(make_operator<Elementwise>(BinaryKind::kModulo), {{x}, {y}}, rank),
                sign = n.add(make_operator<Unary>(UnaryKind::kSign), {{n.input(0)}}, n.rank(0));
  n.finish(make_operator<Elementwise>(BinaryKind::kMultiply), {{rest}, {sign}}, rank);
}

// A limit, with what stands for one that is left out.
struct Limit {
  bool is_known = true, is_float = true;
  double value;
};

Limit limit_of(const OnnxNode& n, const char* attribute, int i, double otherwise) {
  if (n.opset() < 11) return {.value = n.attributes.real(attribute, otherwise)};
  if (!n.has(i)) return {.value = otherwise};
  const std::optional<double> known = n.known_number(i);
  if (!known) return {.is_known = false, .value = otherwise};
  return {.is_float = n.known(i)->dtype() == DType::kFloat32, .value = *known};
}

void clip(OnnxNode& n) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const Limit min = limit_of(n, "min", 1, -kInfinite), max = limit_of(n, "max", 2, kInfinite);
  const bool is_finite = std::isfinite(min.value) && std::isfinite(max.value);
  if (min.is_known && max.is_known && min.is_float && max.is_float && is_finite) {
    const bool is_relu = min.value == 0;  // as networks write relu6
    const UnaryKind kind = is_relu ? UnaryKind::kRelu6 : UnaryKind::kBrelu;
    kernels::UnaryParameters parameters = default_parameters(kind);
    parameters[0] = static_cast<float>(is_relu ? max.value : min.value);
    if (!is_relu) parameters[1] = static_cast<float>(max.value);
    return n.finish(make_operator<Unary>(kind, parameters), {{n.input(0)}}, n.rank(0));
  }
  std::vector<std::vector<ValueId>> inputs(3);
  inputs[Clip::kX] = {n.input(0)};
  if (n.opset() >= 11 && n.has(1)) inputs[Clip::kMin] = {n.input(1)};
  if (n.opset() >= 11 && n.has(2)) inputs[Clip::kMax] = {n.input(2)};
  n.finish(make_operator<Clip>(ClipOptions{min.value, max.value}), std::move(inputs), n.rank(0));
}

// Halves to the even neighbour. The engine rounds them away from 0, and twice the rounded half of a
// number is even.
void round(OnnxNode& n) {
  const int rank = n.rank(0);
  const auto scaled = [&](ValueId x, double factor) {
    return n.add(make_operator<Scale>(ScaleOptions{.scale = factor}), {{x}}, rank);
  };
  const auto function = [&](ValueId x, UnaryKind kind) {
    return n.add(make_operator<Unary>(kind), {{x}}, rank);
  };
  const ValueId x = n.input(0), away = function(x, UnaryKind::kRound),
                even = scaled(function(scaled(x, 0.5), UnaryKind::kRound), 2),
                off = n.add(make_operator<Elementwise>(BinaryKind::kSubtract), {{x}, {away}}, rank),
                half = n.number(0.5F),
                is_half = n.add(make_operator<Compare>(CompareKind::kEqual),
                                {{function(off, UnaryKind::kAbs)}, {half}}, rank);
  n.finish(make_operator<Where>(), {{is_half}, {even}, {away}}, rank);
}

void where(OnnxNode& n) {
  n.finish(make_operator<Where>(), {{n.input(0)}, {n.input(1)}, {n.input(2)}}, widest_rank(n));
}

constexpr OnnxOp kOps[] = {
    {"Add", binary<BinaryKind::kAdd>},
    {"And", compare<CompareKind::kAnd>},
    {"BitwiseAnd", bitwise<BitwiseKind::kAnd>},
    {"BitwiseNot", bitwise_not},
    {"BitwiseOr", bitwise<BitwiseKind::kOr>},
    {"BitwiseXor", bitwise<BitwiseKind::kXor>},
    {"Clip", clip},
    {"Div", binary<BinaryKind::kDivide>},
    {"Equal", compare<CompareKind::kEqual>},
    {"Greater", compare<CompareKind::kGreaterThan>},
    {"GreaterOrEqual", compare<CompareKind::kGreaterEqual>},
    {"IsInf", is_infinite},
    {"IsNaN", is_nan},
    {"Less", compare<CompareKind::kLessThan>},
    {"LessOrEqual", compare<CompareKind::kLessEqual>},
    {"Max", variadic<BinaryKind::kMaximum>},
    {"Mean", mean},
    {"Min", variadic<BinaryKind::kMinimum>},
    {"Mod", modulo},
    {"Mul", binary<BinaryKind::kMultiply>},
    {"Neg", negative},
    {"Not", logical_not},
    {"Or", compare<CompareKind::kOr>},
    {"Pow", power},
    {"Round", round},
    {"Sub", binary<BinaryKind::kSubtract>},
    {"Sum", variadic<BinaryKind::kAdd>},
    {"Where", where},
    {"Xor", compare<CompareKind::kXor>},
};

}  // namespace

std::span<const OnnxOp> onnx_arithmetic_ops() { return kOps; }

}  // namespace u2net::engine
