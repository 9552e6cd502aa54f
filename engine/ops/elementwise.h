// SPDX-License-Identifier: Apache-2.0
// The elementwise functions of two operands: one operator for all of kernels/binary/functions.h,
// with the axis rule of Paddle: the operand of lower rank is aligned to the other starting at
// dimension `axis` (-1: at the end), its trailing ones cut, and then dimensions of 1 are repeated
// on either side.
#pragma once

#include <optional>

#include "engine/graph/op.h"
#include "kernels/binary/binary.h"

namespace u2net::engine {

// The operator type of a function, under the function's name.
const OpType& binary_type(kernels::BinaryKind kind);

class Elementwise : public Operator {
 public:
  enum Input { kX, kY };

  // Both operands at the rank of the result, and the result.
  struct Aligned {
    Shape x, y, dst;
  };

  explicit Elementwise(kernels::BinaryKind kind, std::int64_t axis = -1);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  kernels::BinaryKind kind() const { return kind_; }
  const kernels::BinaryFunction& function() const { return kernels::row_of(kind_); }
  std::int64_t axis() const { return axis_; }
  // Nothing when the shapes do not broadcast.
  std::optional<Aligned> align(const Shape& x, const Shape& y) const;

 private:
  kernels::BinaryKind kind_;
  std::int64_t axis_;
};

}  // namespace u2net::engine
