// SPDX-License-Identifier: Apache-2.0
// roll: every element moves on by some places along some axes, and what leaves at the end comes in
// at the beginning. Without axes the tensor counts as one row.
#pragma once

#include "engine/ops/positions.h"

namespace u2net::engine {

extern const OpType kRoll;

class Roll : public Operator {
 public:
  enum Input { kX, kShiftsTensor };

  Roll(Integers shifts, Integers axes);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  const Integers& shifts() const { return shifts_; }
  const Integers& axes() const { return axes_; }

 private:
  Integers shifts_in(const Inference& in) const;

  Integers shifts_, axes_;
};

}  // namespace u2net::engine
