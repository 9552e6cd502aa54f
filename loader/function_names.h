// SPDX-License-Identifier: Apache-2.0
// What the formats call the engine's elementwise functions: one row a function. The parameters of a
// function have the engine's names everywhere (kernels/unary/functions.h).
#pragma once

#include <string_view>

#include "kernels/binary/functions.h"
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
};

inline constexpr FunctionNames<kernels::UnaryKind> kUnaryNames[] = {
    {kernels::UnaryKind::kRelu, "relu", "relu"},
    {kernels::UnaryKind::kSigmoid, "sigmoid", "sigmoid"},
    {kernels::UnaryKind::kTanh, "tanh", "tanh"},
    {kernels::UnaryKind::kHardSwish, "hard_swish", "hardswish", /*fixed=*/true},
};

inline constexpr FunctionNames<kernels::BinaryKind> kBinaryNames[] = {
    {kernels::BinaryKind::kAdd, "elementwise_add", "add"},
    {kernels::BinaryKind::kMultiply, "elementwise_mul", "multiply"},
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
