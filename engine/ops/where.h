// SPDX-License-Identifier: Apache-2.0
// where: Condition ? X : Y, element by element, with all three repeated along dimensions of 1.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kWhere;

class Where : public Operator {
 public:
  enum Input { kCondition, kX, kY };

  Where() : Operator(kWhere) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
};

}  // namespace u2net::engine
