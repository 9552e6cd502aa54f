// SPDX-License-Identifier: Apache-2.0
// range: Start, Start + Step, ... before End; linspace: Num numbers from Start to Stop, evenly.
// What the operands say is looked at while planning, as it decides the shape. assign_value: a
// tensor that the program states.
#pragma once

#include <optional>

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kRange;
extern const OpType kLinspace;
extern const OpType kAssignValue;

// The numbers of a range or linspace, in double where they are no integers.
struct SequenceNumbers {
  double start = 0, step_or_stop = 0;
  std::int64_t whole_start = 0, whole_step = 0;  // of a range of integers
  std::int64_t count = 0;

  bool operator==(const SequenceNumbers&) const = default;
};

class Range : public Operator {
 public:
  enum Input { kStart, kEnd, kStep };

  // Without a type that of Start.
  explicit Range(std::optional<DType> dtype) : Operator(kRange), dtype_(dtype) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;

  std::optional<DType> dtype() const { return dtype_; }

 private:
  SequenceNumbers numbers(const Inference& in) const;

  std::optional<DType> dtype_;
  std::optional<SequenceNumbers> known_;
};

class Linspace : public Operator {
 public:
  enum Input { kStart, kStop, kNum };

  explicit Linspace(DType dtype) : Operator(kLinspace), dtype_(dtype) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;

  DType dtype() const { return dtype_; }

 private:
  SequenceNumbers numbers(const Inference& in) const;

  DType dtype_;
  std::optional<SequenceNumbers> known_;
};

class AssignValue : public Operator {
 public:
  explicit AssignValue(std::shared_ptr<const Tensor> value)
      : Operator(kAssignValue), value_(std::move(value)) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;

  const Tensor& value() const { return *value_; }

 private:
  std::shared_ptr<const Tensor> value_;
};

}  // namespace u2net::engine
