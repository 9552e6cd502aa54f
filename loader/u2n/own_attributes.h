// SPDX-License-Identifier: Apache-2.0
// The attributes of operators in a .u2n file: those of Paddle's, and our own where these do not say
// everything that a loader may have made, which is what ONNX has besides, and the ends of branches.
#pragma once

#include <memory>

#include "engine/graph/op.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {

// `row`: that of the operator's type. Throws Error for what cannot be written.
Attributes u2n_attributes(const PaddleOp& row, const Operator& op);
// Throws Error for what makes no sense.
std::shared_ptr<const Operator> u2n_operator(const PaddleOp& row, const Attributes& attributes);

}  // namespace u2net::engine
