// SPDX-License-Identifier: Apache-2.0
// The attributes of operators in a .u2n file: those of Paddle's, and our own where these do not say
// everything that a loader may have made, which is what ONNX has besides, and the ends of branches.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "engine/graph/op.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {

// An operator as .u2n files have it: by Paddle's name and row, or by ours where Paddle has no such.
struct U2nOp {
  std::string_view name;
  const OpType* type = nullptr;
  const PaddleOp* row = nullptr;
};
// Nothing for a name that is none, or for a type that cannot be packed.
std::optional<U2nOp> find_u2n_op(std::string_view name);
std::optional<U2nOp> u2n_op_of(const OpType& type);

// `op` is of the operator's type. Throws Error for what cannot be written.
Attributes u2n_attributes(const U2nOp& known, const Operator& op);
// Throws Error for what makes no sense.
std::shared_ptr<const Operator> u2n_operator(const U2nOp& known, const Attributes& attributes);

}  // namespace u2net::engine
