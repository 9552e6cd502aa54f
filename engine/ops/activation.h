// SPDX-License-Identifier: Apache-2.0
// relu and sigmoid: element by element, without parameters.
#pragma once

#include "engine/graph/op.h"

namespace u2net {

extern const OpType kRelu, kSigmoid;

class Relu : public Operator {
 public:
  Relu();
  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  int in_place_slot() const override { return 0; }
};

class Sigmoid : public Operator {
 public:
  Sigmoid();
  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  int in_place_slot() const override { return 0; }
};

}  // namespace u2net
