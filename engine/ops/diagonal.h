// SPDX-License-Identifier: Apache-2.0
// diag_v2: a vector becomes the diagonal of a square matrix, of which every other element is the
// padding value; of a matrix the diagonal is taken. A positive offset lies further up.
#pragma once

#include "engine/ops/movement.h"

namespace u2net::engine {

extern const OpType kDiagV2;

class Diagonal : public Operator {
 public:
  Diagonal(std::int64_t offset, double padding);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  Description describe() const override;
  std::int64_t offset() const { return offset_; }
  double padding() const { return padding_; }

 private:
  std::int64_t offset_;
  double padding_;
};

}  // namespace u2net::engine
