// SPDX-License-Identifier: Apache-2.0
// tril_triu: of each matrix the elements on one side of a diagonal, and zeros.
#pragma once

#include "engine/ops/positions.h"

namespace u2net::engine {

extern const OpType kTrilTriu;

class Triangle : public Operator {
 public:
  // `lower`: what lies on and below the diagonal, else on and above; a positive diagonal lies
  // further up.
  Triangle(std::int64_t diagonal, bool lower);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  std::int64_t diagonal() const { return diagonal_; }
  bool lower() const { return lower_; }

 private:
  std::int64_t diagonal_;
  bool lower_;
};

}  // namespace u2net::engine
