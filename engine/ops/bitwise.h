// SPDX-License-Identifier: Apache-2.0
// bitwise_and, bitwise_or and bitwise_xor (of kernels/bitwise), which broadcast as compare.h does,
// and bitwise_not: of integers and of truth values.
#pragma once

#include "engine/graph/op.h"
#include "kernels/bitwise/bitwise.h"

namespace u2net::engine {

extern const OpType kBitwiseAnd, kBitwiseOr, kBitwiseXor, kBitwiseNot;

class Bitwise : public Operator {
 public:
  enum Input { kX, kY };

  explicit Bitwise(kernels::BitwiseKind kind);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;

 private:
  kernels::BitwiseKind kind_;
};

class BitwiseNot : public Operator {
 public:
  BitwiseNot() : Operator(kBitwiseNot) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
};

}  // namespace u2net::engine
