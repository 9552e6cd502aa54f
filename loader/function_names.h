// SPDX-License-Identifier: Apache-2.0
// What the formats call the engine's elementwise functions: one row a function. The parameters of a
// function have the engine's names everywhere (kernels/unary/functions.h).
#pragma once

#include <array>
#include <string_view>

#include "kernels/binary/functions.h"
#include "kernels/compare/compare.h"
#include "kernels/reduce/functions.h"
#include "kernels/unary/functions.h"

namespace u2net::engine {

template <class Kind>
struct FunctionNames {
  Kind kind;
  std::string_view paddle;  // in .pdmodel
  std::string_view pir;     // in Paddle 3's .json
  // Paddle 2.6 and 3 compute with the function's own parameters whatever a program says, older ones
  // heeded it: other parameters are refused.
  bool fixed = false;
  // What Paddle 3 calls the parameters, where that is another name; they are of 64 bits there.
  std::array<std::string_view, 3> pir_parameters = {};
  bool pir_doubles = false;
};

inline constexpr FunctionNames<kernels::UnaryKind> kUnaryNames[] = {
    {kernels::UnaryKind::kAbs, "abs", "abs"},
    {kernels::UnaryKind::kAcos, "acos", "acos"},
    {kernels::UnaryKind::kAcosh, "acosh", "acosh"},
    {kernels::UnaryKind::kAsin, "asin", "asin"},
    {kernels::UnaryKind::kAsinh, "asinh", "asinh"},
    {kernels::UnaryKind::kAtan, "atan", "atan"},
    {kernels::UnaryKind::kAtanh, "atanh", "atanh"},
    {kernels::UnaryKind::kBrelu, "brelu", "hardtanh"},
    {kernels::UnaryKind::kCeil, "ceil", "ceil"},
    {kernels::UnaryKind::kCelu, "celu", "celu"},
    {kernels::UnaryKind::kCos, "cos", "cos"},
    {kernels::UnaryKind::kCosh, "cosh", "cosh"},
    {kernels::UnaryKind::kElu, "elu", "elu"},
    {kernels::UnaryKind::kErf, "erf", "erf"},
    {kernels::UnaryKind::kExp, "exp", "exp"},
    {kernels::UnaryKind::kExpm1, "expm1", "expm1"},
    {kernels::UnaryKind::kFloor, "floor", "floor"},
    {kernels::UnaryKind::kGelu, "gelu", "gelu"},
    {kernels::UnaryKind::kHardShrink, "hard_shrink", "hardshrink"},
    {kernels::UnaryKind::kHardSigmoid, "hard_sigmoid", "hardsigmoid"},
    {kernels::UnaryKind::kHardSwish, "hard_swish", "hardswish", /*fixed=*/true},
    {kernels::UnaryKind::kLeakyRelu,
     "leaky_relu",
     "leaky_relu",
     false,
     {"negative_slope"},
     /*pir_doubles=*/true},
    {kernels::UnaryKind::kLog, "log", "log"},
    {kernels::UnaryKind::kLog10, "log10", "log10"},
    {kernels::UnaryKind::kLog1p, "log1p", "log1p"},
    {kernels::UnaryKind::kLog2, "log2", "log2"},
    {kernels::UnaryKind::kLogSigmoid, "logsigmoid", "logsigmoid"},
    {kernels::UnaryKind::kMish, "mish", "mish", false, {"lambda"}},
    {kernels::UnaryKind::kPow, "pow", "pow", false, {"y"}},
    {kernels::UnaryKind::kReciprocal, "reciprocal", "reciprocal"},
    {kernels::UnaryKind::kRelu, "relu", "relu"},
    {kernels::UnaryKind::kRelu6, "relu6", "relu6"},
    {kernels::UnaryKind::kRound, "round", "round"},
    {kernels::UnaryKind::kRsqrt, "rsqrt", "rsqrt"},
    {kernels::UnaryKind::kSelu, "selu", "selu"},
    {kernels::UnaryKind::kSigmoid, "sigmoid", "sigmoid"},
    {kernels::UnaryKind::kSign, "sign", "sign"},
    {kernels::UnaryKind::kSilu, "silu", "silu"},
    {kernels::UnaryKind::kSin, "sin", "sin"},
    {kernels::UnaryKind::kSinh, "sinh", "sinh"},
    {kernels::UnaryKind::kSoftplus, "softplus", "softplus", false, {}, /*pir_doubles=*/true},
    {kernels::UnaryKind::kSoftshrink, "softshrink", "softshrink", false, {"threshold"}},
    {kernels::UnaryKind::kSoftsign, "softsign", "softsign"},
    {kernels::UnaryKind::kSqrt, "sqrt", "sqrt"},
    {kernels::UnaryKind::kSquare, "square", "square"},
    {kernels::UnaryKind::kStanh, "stanh", "stanh"},
    {kernels::UnaryKind::kSwish, "swish", "swish"},
    {kernels::UnaryKind::kTanh, "tanh", "tanh"},
    {kernels::UnaryKind::kTanhShrink, "tanh_shrink", "tanh_shrink"},
    {kernels::UnaryKind::kThresholdedRelu, "thresholded_relu", "thresholded_relu"},
    {kernels::UnaryKind::kTrunc, "trunc", "trunc"},
};

inline constexpr FunctionNames<kernels::BinaryKind> kBinaryNames[] = {
    {kernels::BinaryKind::kAdd, "elementwise_add", "add"},
    {kernels::BinaryKind::kDivide, "elementwise_div", "divide"},
    {kernels::BinaryKind::kFloorDivide, "elementwise_floordiv", "floor_divide"},
    {kernels::BinaryKind::kFmax, "elementwise_fmax", "fmax"},
    {kernels::BinaryKind::kFmin, "elementwise_fmin", "fmin"},
    {kernels::BinaryKind::kMaximum, "elementwise_max", "maximum"},
    {kernels::BinaryKind::kMinimum, "elementwise_min", "minimum"},
    {kernels::BinaryKind::kModulo, "elementwise_mod", "remainder"},
    {kernels::BinaryKind::kMultiply, "elementwise_mul", "multiply"},
    {kernels::BinaryKind::kPower, "elementwise_pow", "elementwise_pow"},
    {kernels::BinaryKind::kSubtract, "elementwise_sub", "subtract"},
};

inline constexpr FunctionNames<kernels::CompareKind> kCompareNames[] = {
    {kernels::CompareKind::kAnd, "logical_and", "logical_and"},
    {kernels::CompareKind::kEqual, "equal", "equal"},
    {kernels::CompareKind::kGreaterEqual, "greater_equal", "greater_equal"},
    {kernels::CompareKind::kGreaterThan, "greater_than", "greater_than"},
    {kernels::CompareKind::kLessEqual, "less_equal", "less_equal"},
    {kernels::CompareKind::kLessThan, "less_than", "less_than"},
    {kernels::CompareKind::kNotEqual, "not_equal", "not_equal"},
    {kernels::CompareKind::kOr, "logical_or", "logical_or"},
    {kernels::CompareKind::kXor, "logical_xor", "logical_xor"},
};

// logsumexp, whose attributes have other names, stands elsewhere.
inline constexpr FunctionNames<kernels::ReduceKind> kReduceNames[] = {
    {kernels::ReduceKind::kMean, "reduce_mean", "mean"},
    {kernels::ReduceKind::kSum, "reduce_sum", "sum"},
    {kernels::ReduceKind::kMax, "reduce_max", "max"},
    {kernels::ReduceKind::kMin, "reduce_min", "min"},
    {kernels::ReduceKind::kProduct, "reduce_prod", "prod"},
    {kernels::ReduceKind::kAMax, "reduce_amax", "amax"},
    {kernels::ReduceKind::kAMin, "reduce_amin", "amin"},
    {kernels::ReduceKind::kAny, "reduce_any", "any"},
    {kernels::ReduceKind::kAll, "reduce_all", "all"},
    {kernels::ReduceKind::kFrobenius, "frobenius_norm", "frobenius_norm"},
};

// The row of that name in .pdmodel, or null.
template <class Kind, std::size_t N>
constexpr const FunctionNames<Kind>* find_function(const FunctionNames<Kind> (&names)[N],
                                                   std::string_view paddle) {
  for (const FunctionNames<Kind>& row : names) {
    if (row.paddle == paddle) return &row;
  }
  return nullptr;
}

}  // namespace u2net::engine
