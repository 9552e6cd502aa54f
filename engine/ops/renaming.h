// SPDX-License-Identifier: Apache-2.0
// What gives a tensor another shape and leaves its elements where they are: flatten, squeeze,
// unsqueeze. No work where memory can be shared.
#pragma once

#include "engine/ops/positions.h"

namespace u2net::engine {

extern const OpType kFlattenContiguousRange, kFlatten2, kSqueeze2, kUnsqueeze2;

class Renaming : public Operator {
 public:
  using Operator::Operator;

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  int in_place_slot() const override { return 0; }
  bool is_view() const override { return true; }
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;

 private:
  virtual Shape renamed(const Inference& in) const = 0;
};

// The dimensions of [start, stop] become one; negative ones count from the end.
class FlattenRange : public Renaming {
 public:
  FlattenRange(std::int64_t start, std::int64_t stop);
  Description describe() const override;
  std::int64_t start() const { return start_; }
  std::int64_t stop() const { return stop_; }

 private:
  Shape renamed(const Inference& in) const override;
  std::int64_t start_, stop_;
};

// Two dimensions: those before `axis`, and the others.
class Flatten2 : public Renaming {
 public:
  explicit Flatten2(std::int64_t axis);
  Description describe() const override;
  std::int64_t axis() const { return axis_; }

 private:
  Shape renamed(const Inference& in) const override;
  std::int64_t axis_;
};

// Takes out those of the given axes (of all, where none is given) that are 1.
class Squeeze : public Renaming {
 public:
  explicit Squeeze(Integers axes);
  Description describe() const override;
  const Integers& axes() const { return axes_; }

 private:
  Shape renamed(const Inference& in) const override;
  Integers axes_;
};

// Puts in ones, one after the other.
class Unsqueeze : public Renaming {
 public:
  enum Input { kX, kAxesTensor, kAxesTensorList };

  explicit Unsqueeze(Integers axes);
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  Description describe() const override;
  const Integers& axes() const { return axes_; }

 private:
  Shape renamed(const Inference& in) const override;
  Integers axes_;
};

}  // namespace u2net::engine
