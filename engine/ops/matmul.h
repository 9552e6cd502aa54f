// SPDX-License-Identifier: Apache-2.0
// Products of matrices: matmul_v2, the older matmul with its factor, and mul, which takes tensors
// as matrices by joining dimensions.
#pragma once

#include "engine/graph/op.h"
#include "kernels/matmul/matmul.h"

namespace u2net::engine {

extern const OpType kMatMulV2, kMatMul, kMul;

// The last two dimensions are matrices, those before them a batch, which broadcasts. A vector is a
// row on the left and a column on the right, and that dimension is not in the result.
struct MatMulOptions {
  bool legacy = false;  // matmul: two vectors give [1] in place of a number
  bool transpose_x = false, transpose_y = false;
  double alpha = 1;
};

class MatMul : public Operator {
 public:
  enum Input { kX, kY };

  explicit MatMul(const MatMulOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double macs(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const MatMulOptions& options() const { return options_; }
  // The problem for shapes that fit.
  kernels::MatMulParams params(const Shape& x, const Shape& y) const;

 private:
  MatMulOptions options_;
};

// The first x_dims dimensions of X are the rows, the others the columns; alike of Y.
class Mul : public Operator {
 public:
  enum Input { kX, kY };

  Mul(std::int64_t x_dims, std::int64_t y_dims);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double macs(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  std::int64_t x_dims() const { return x_dims_; }
  std::int64_t y_dims() const { return y_dims_; }
  // The problem for shapes that fit.
  kernels::MatMulParams params(const Shape& x, const Shape& y) const;

 private:
  std::int64_t x_dims_, y_dims_;
};

}  // namespace u2net::engine
