// SPDX-License-Identifier: Apache-2.0
// shape: the dimensions of the input as a tensor [rank].
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kShape;

class ShapeOf : public Operator {
 public:
  // int32 or int64
  explicit ShapeOf(DType dtype = DType::kInt32);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool reads_shape_only() const override { return true; }

  DType dtype() const { return dtype_; }

 private:
  DType dtype_;
};

}  // namespace u2net::engine
