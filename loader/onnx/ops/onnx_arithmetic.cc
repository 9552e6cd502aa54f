// SPDX-License-Identifier: Apache-2.0
// Elementwise functions and normalisation.
#include <algorithm>
#include <cmath>

#include "engine/ops/batch_norm.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/scale.h"
#include "engine/ops/unary.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

using kernels::BinaryKind;
using kernels::UnaryKind;

// A function without parameters, or with those that the engine has by default.
template <UnaryKind kind>
void unary(OnnxNode& n) {
  n.finish(std::make_shared<Unary>(kind), {{n.input(0)}}, n.rank(0));
}

int broadcast_rank(int a, int b) {
  return a == kUnknownRank || b == kUnknownRank ? kUnknownRank : std::max(a, b);
}

template <BinaryKind kind>
void binary(OnnxNode& n) {
  n.finish(std::make_shared<Elementwise>(kind), {{n.input(0)}, {n.input(1)}},
           broadcast_rank(n.rank(0), n.rank(1)));
}

// x + y + z + ...
void sum(OnnxNode& n) {
  ValueId total = n.input(0);
  int rank = n.rank(0);
  for (int i = 1; i < n.count(); ++i) {
    rank = broadcast_rank(rank, n.rank(i));
    total = n.add(std::make_shared<Elementwise>(BinaryKind::kAdd), {{total}, {n.input(i)}}, rank);
  }
  n.finish_as(total);
}

void negative(OnnxNode& n) {
  n.finish(std::make_shared<Scale>(ScaleOptions{.scale = -1}), {{n.input(0)}}, n.rank(0));
}

// x + (-1) * y, which rounds as x - y does.
void subtract(OnnxNode& n) {
  const ValueId minus =
      n.add(std::make_shared<Scale>(ScaleOptions{.scale = -1}), {{n.input(1)}}, n.rank(1));
  n.finish(std::make_shared<Elementwise>(BinaryKind::kAdd), {{n.input(0)}, {minus}},
           broadcast_rank(n.rank(0), n.rank(1)));
}

void batch_norm(OnnxNode& n) {
  const auto epsilon = static_cast<float>(n.attributes.real("epsilon", 1e-5));
  if (!std::isfinite(epsilon)) n.attributes.fail("epsilon", "is not finite");
  if (n.attributes.boolean("training_mode", false)) n.fail_unsupported("training_mode");
  if (!n.attributes.boolean("spatial", true)) n.fail_unsupported("spatial 0");
  n.finish(std::make_shared<BatchNorm>(epsilon),
           {{n.input(0)}, {n.input(1)}, {n.input(2)}, {n.input(3)}, {n.input(4)}}, n.rank(0));
}

constexpr OnnxOp kOps[] = {
    {"Add", binary<BinaryKind::kAdd>},
    {"BatchNormalization", batch_norm},
    {"HardSwish", unary<UnaryKind::kHardSwish>},
    {"Mul", binary<BinaryKind::kMultiply>},
    {"Neg", negative},
    {"Relu", unary<UnaryKind::kRelu>},
    {"Sigmoid", unary<UnaryKind::kSigmoid>},
    {"Sub", subtract},
    {"Sum", sum},
    {"Tanh", unary<UnaryKind::kTanh>},
};

}  // namespace

std::span<const OnnxOp> onnx_arithmetic_ops() { return kOps; }

}  // namespace u2net::engine
