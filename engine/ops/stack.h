// SPDX-License-Identifier: Apache-2.0
// stack: tensors of one shape side by side along a new axis. meshgrid: one tensor an axis, each
// repeated along the axes of the others.
#pragma once

#include "engine/ops/positions.h"

namespace u2net::engine {

extern const OpType kStack, kMeshgrid;

class Stack : public Operator {
 public:
  explicit Stack(std::int64_t axis);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  std::int64_t axis() const { return axis_; }

 private:
  std::int64_t axis_;
};

class Meshgrid : public Operator {
 public:
  Meshgrid();

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
};

}  // namespace u2net::engine
