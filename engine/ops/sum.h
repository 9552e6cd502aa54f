// SPDX-License-Identifier: Apache-2.0
// sum: tensors of one shape, added up in their order.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kSum;

class Sum : public Operator {
 public:
  Sum() : Operator(kSum) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
};

}  // namespace u2net::engine
