// SPDX-License-Identifier: Apache-2.0
// Normalisation, by statistics that are given or by those of the operand.
#include <cmath>
#include <string>

#include "engine/base/text.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/compare.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/normalization.h"
#include "engine/ops/reduce.h"
#include "engine/ops/renaming.h"
#include "engine/ops/reshape2.h"
#include "engine/ops/shape.h"
#include "engine/ops/unary.h"
#include "engine/ops/where.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

using kernels::BinaryKind;

constexpr std::int64_t kMostGroups = std::int64_t{1} << 20;

float read_epsilon(const OnnxNode& n) {
  const auto epsilon = static_cast<float>(n.attributes.real("epsilon", 1e-5F));
  if (!std::isfinite(epsilon)) n.attributes.fail("epsilon", "is not finite");
  return epsilon;
}

void batch_norm(OnnxNode& n) {
  if (n.attributes.boolean("training_mode", false)) n.fail_unsupported("training_mode");
  if (!n.attributes.boolean("spatial", true)) n.fail_unsupported("spatial 0");
  n.finish(make_operator<BatchNorm>(read_epsilon(n)),
           {{n.input(0)}, {n.input(1)}, {n.input(2)}, {n.input(3)}, {n.input(4)}}, n.rank(0));
}

void instance_norm(OnnxNode& n) {
  n.finish(make_operator<Normalization>(NormalizationOptions{.kind = NormalizationKind::kInstance,
                                                             .epsilon = read_epsilon(n)}),
           {{n.input(0)}, {n.input(1)}, {n.input(2)}}, n.rank(0));
}

// Scale and bias have the shape of a row, or have one dimension.
void layer_norm(OnnxNode& n) {
  const std::int64_t axis = n.axis(n.attributes.integer("axis", -1), n.rank(0));
  std::vector<std::vector<ValueId>> inputs = {{n.input(0)}, {n.input(1)}};
  if (n.has(2)) inputs.push_back({n.input(2)});
  const NormalizationOptions options{
      .kind = NormalizationKind::kLayer, .epsilon = read_epsilon(n), .begin_axis = axis};
  if (axis > 0)
    return n.finish(make_operator<Normalization>(options), std::move(inputs), n.rank(0));
  // A row of all: one more dimension in front of it.
  NormalizationOptions behind = options;
  behind.begin_axis = 1;
  const int rank = n.known_rank(0);
  inputs[0] = {n.add(make_operator<Unsqueeze>(Integers{0}), {inputs[0]}, rank + 1)};
  const ValueId done = n.add(make_operator<Normalization>(behind), std::move(inputs), rank + 1);
  n.finish(make_operator<Squeeze>(Integers{0}), {{done}}, rank);
}

// Scale and bias a group, as operator sets 18 to 20 have them: y is [n, groups, rest] meanwhile.
void scale_groups(OnnxNode& n, ValueId y, std::int64_t groups) {
  const ValueId sizes = n.add(make_operator<ShapeOf>(DType::kInt64), {{y}}, 1);
  ValueId value = n.add(make_operator<Reshape2>(Shape{0, groups, -1}), {{y}}, 3);
  for (const auto& [kind, i] :
       {std::pair(BinaryKind::kMultiply, 1), std::pair(BinaryKind::kAdd, 2)}) {
    const ValueId column = n.add(make_operator<Reshape2>(Shape{groups, 1}), {{n.input(i)}}, 2);
    value = n.add(make_operator<Elementwise>(kind), {{value}, {column}}, 3);
  }
  n.finish(make_operator<Reshape2>(Shape{}), {{value}, {sizes}}, n.rank(0));
}

void group_norm(OnnxNode& n) {
  const std::int64_t groups = n.attributes.integer("num_groups", 0);
  if (groups < 1 || groups > kMostGroups) n.attributes.fail("num_groups", "is ", groups);
  const auto op = make_operator<Normalization>(NormalizationOptions{
      .kind = NormalizationKind::kGroup, .epsilon = read_epsilon(n), .groups = groups});
  if (n.opset() >= 21) return n.finish(op, {{n.input(0)}, {n.input(1)}, {n.input(2)}}, n.rank(0));
  scale_groups(n, n.add(op, {{n.input(0)}}, n.rank(0)), groups);
}

void lp_norm(OnnxNode& n) {
  const std::int64_t axis = n.attributes.integer("axis", -1), p = n.attributes.integer("p", 2);
  if (p != 1 && p != 2) n.attributes.fail("p", "is ", p);
  const kernels::ReduceKind kind =
      p == 1 ? kernels::ReduceKind::kSum : kernels::ReduceKind::kFrobenius;
  const ValueId x =
      p == 2 ? n.input(0)
             : n.add(make_operator<Unary>(kernels::UnaryKind::kAbs), {{n.input(0)}}, n.rank(0));
  const ValueId norm = n.add(
      make_operator<Reduce>(kind, ReduceOptions{.axes = {axis}, .keep_dims = true, .dtype = {}}),
      {{x}}, n.rank(0));
  // What is zero throughout stays so, as in ONNX Runtime.
  const ValueId is_zero = n.add(make_operator<Compare>(kernels::CompareKind::kEqual),
                                {{norm}, {n.number(0.0F)}}, n.rank(0)),
                divisor =
                    n.add(make_operator<Where>(), {{is_zero}, {n.number(1.0F)}, {norm}}, n.rank(0));
  n.finish(make_operator<Elementwise>(BinaryKind::kDivide), {{n.input(0)}, {divisor}}, n.rank(0));
}

constexpr OnnxOp kOps[] = {
    {"BatchNormalization", batch_norm},
    {"GroupNormalization", group_norm},
    {"InstanceNormalization", instance_norm},
    {"LayerNormalization", layer_norm},
    {"LpNormalization", lp_norm},
};

}  // namespace

std::span<const OnnxOp> onnx_normalization_ops() { return kOps; }

}  // namespace u2net::engine
