// SPDX-License-Identifier: Apache-2.0
// addmm: beta * Input + alpha * X Y, of matrices; Input is repeated along sides of 1. dot: the sums
// of X * Y along the last dimension.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kAddmm, kDot;

class Addmm : public Operator {
 public:
  enum Input { kAdded, kX, kY };

  Addmm(float alpha, float beta);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double macs(const Graph& graph, const Node& node) const override;
  Description describe() const override;
  float alpha() const { return alpha_; }
  float beta() const { return beta_; }

 private:
  float alpha_, beta_;
};

class Dot : public Operator {
 public:
  enum Input { kX, kY };

  Dot() : Operator(kDot) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
};

}  // namespace u2net::engine
