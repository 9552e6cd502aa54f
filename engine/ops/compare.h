// SPDX-License-Identifier: Apache-2.0
// The comparisons and functions of two truth values (one operator for all of
// kernels/compare/compare.h), which broadcast as elementwise.h does, and logical_not.
#pragma once

#include "engine/graph/op.h"
#include "kernels/compare/compare.h"

namespace u2net::engine {

// The operator type of a function, under the function's name.
const OpType& compare_type(kernels::CompareKind kind);
extern const OpType kLogicalNot;

class Compare : public Operator {
 public:
  enum Input { kX, kY };

  explicit Compare(kernels::CompareKind kind, std::int64_t axis = -1);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  kernels::CompareKind kind() const { return kind_; }
  std::int64_t axis() const { return axis_; }

 private:
  kernels::CompareKind kind_;
  std::int64_t axis_;
};

class LogicalNot : public Operator {
 public:
  LogicalNot() : Operator(kLogicalNot) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
};

}  // namespace u2net::engine
