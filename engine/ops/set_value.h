// SPDX-License-Identifier: Apache-2.0
// set_value: the operand, with [start, end) by a step along some axes replaced by a value that
// repeats where it has a dimension of 1. For the value, axes of decrease_axes are not there, and
// those of none_axes are new ones of 1.
#pragma once

#include "engine/ops/positions.h"

namespace u2net::engine {

extern const OpType kSetValue;

struct SetValueOptions {
  Integers axes, starts, ends, steps, decrease_axes, none_axes;
  // Where no tensor gives it.
  Shape shape;
  std::vector<double> values;
};

class SetValue : public Operator {
 public:
  enum Input { kX, kValue, kStartsTensorList, kEndsTensorList, kStepsTensorList };

  explicit SetValue(SetValueOptions options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool is_data_slot(int slot) const override { return slot == kX || slot == kValue; }
  Description describe() const override;
  const SetValueOptions& options() const { return options_; }

 private:
  SetValueOptions resolved(const Inference& in) const;
  bool lacks_value(const Inference& in) const { return !in.has(kValue) && !value_; }

  SetValueOptions options_;
  std::shared_ptr<const Tensor> value_;  // the values as elements, once specialized
  TensorView value_view_;                // of it: running must not allocate
};

}  // namespace u2net::engine
