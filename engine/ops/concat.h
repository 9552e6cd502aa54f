// SPDX-License-Identifier: Apache-2.0
// concat: joins tensors along one axis; a connected AxisTensor overrides the parameter.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kConcat;

class Concat : public Operator {
 public:
  enum Input { kX, kAxisTensor };

  // A negative axis counts from the end.
  explicit Concat(std::int64_t axis);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  std::int64_t written_axis() const { return axis_; }
  // The axis, not negative, for operands of this rank.
  int axis(std::size_t rank) const {
    return static_cast<int>(axis_ < 0 ? axis_ + static_cast<std::int64_t>(rank) : axis_);
  }

 private:
  void infer_along(Inference& in) const;
  bool fits(const Operands& operands, std::size_t along) const;

  std::int64_t axis_;
};

}  // namespace u2net::engine
