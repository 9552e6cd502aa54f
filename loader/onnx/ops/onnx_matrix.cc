// SPDX-License-Identifier: Apache-2.0
// Products of matrices.
#include <algorithm>

#include "engine/ops/einsum.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/matmul.h"
#include "engine/ops/scale.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

int product_rank(int x, int y) {
  if (x == kUnknownRank || y == kUnknownRank) return kUnknownRank;
  return std::max(std::max(x, 2), std::max(y, 2)) - (x == 1) - (y == 1);
}

void matmul(OnnxNode& n) {
  n.finish(make_operator<MatMul>(MatMulOptions{}), {{n.input(0)}, {n.input(1)}},
           product_rank(n.rank(0), n.rank(1)));
}

// alpha * A * B + beta * C
void gemm(OnnxNode& n) {
  const double alpha = n.attributes.real("alpha", 1), beta = n.attributes.real("beta", 1);
  const auto product =
      make_operator<MatMul>(MatMulOptions{.legacy = alpha != 1,
                                          .transpose_x = n.attributes.boolean("transA", false),
                                          .transpose_y = n.attributes.boolean("transB", false),
                                          .alpha = alpha});
  if (!n.has(2) || beta == 0) return n.finish(product, {{n.input(0)}, {n.input(1)}}, 2);
  const ValueId y = n.add(product, {{n.input(0)}, {n.input(1)}}, 2);
  ValueId c = n.input(2);
  if (beta != 1) c = n.add(make_operator<Scale>(ScaleOptions{.scale = beta}), {{c}}, n.rank(2));
  n.finish(make_operator<Elementwise>(kernels::BinaryKind::kAdd), {{y}, {c}}, 2);
}

void einsum(OnnxNode& n) {
  if (!n.attributes.has("equation")) n.attributes.fail("equation", "is missing");
  const auto op = make_mutable_operator<Einsum>(n.attributes.text("equation", {}));
  n.finish(op, {n.all_inputs()}, op->result_rank().value_or(kUnknownRank));
}

constexpr OnnxOp kOps[] = {{"Einsum", einsum}, {"Gemm", gemm}, {"MatMul", matmul}};

}  // namespace

std::span<const OnnxOp> onnx_matrix_ops() { return kOps; }

}  // namespace u2net::engine
