// SPDX-License-Identifier: Apache-2.0
// The operators whose result is its operand in another order, in part or repeated: each says from
// where every element comes, and one kernel (kernels/strided_copy) moves them.
#pragma once

#include "engine/ops/positions.h"
#include "kernels/strided_copy/strided_copy.h"

namespace u2net::engine {

class Movement : public Operator {
 public:
  using Operator::Operator;

  // Throws kInternal where the pattern would read or write outside of the operands.
  void run_reference(const Operands& operands) const override;

 private:
  // From slot 0 to the result, row-major both. The operator is specialized().
  virtual kernels::StridedCopy pattern(const Shape& src, const Shape& dst) const = 0;
};

// Runs a pattern between two tensors of one type, once it is sure that it stays inside of both.
void move_elements(const OpType& type, const kernels::StridedCopy& pattern, const TensorView& src,
                   const TensorView& dst, kernels::ThreadPool& pool);

}  // namespace u2net::engine
