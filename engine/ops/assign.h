// SPDX-License-Identifier: Apache-2.0
// assign: a copy of the input.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kAssign;

class Assign : public Operator {
 public:
  Assign() : Operator(kAssign) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  int in_place_slot() const override { return 0; }
  bool is_view() const override { return true; }
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
};

}  // namespace u2net::engine
