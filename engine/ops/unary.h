// SPDX-License-Identifier: Apache-2.0
// The elementwise functions of one operand: one operator for all of kernels/unary/functions.h.
#pragma once

#include "engine/graph/op.h"
#include "kernels/unary/functions.h"

namespace u2net::engine {

// The operator type of a function, under the function's name.
const OpType& unary_type(kernels::UnaryKind kind);

// Of a function; where there is a line behind it, that, too.
void describe_parameters(kernels::UnaryKind kind, const kernels::UnaryParameters& parameters,
                         Description& all);

// The function's own.
kernels::UnaryParameters default_parameters(kernels::UnaryKind kind);

class Unary : public Operator {
 public:
  explicit Unary(kernels::UnaryKind kind);
  Unary(kernels::UnaryKind kind, const kernels::UnaryParameters& parameters);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  int in_place_slot() const override { return 0; }
  Description describe() const override;

  kernels::UnaryKind kind() const { return kind_; }
  const kernels::UnaryFunction& function() const { return kernels::row_of(kind_); }
  const kernels::UnaryParameters& parameters() const { return parameters_; }
  // Of what passes fuse into it: f(x) * factor + summand.
  void set_line(float factor, float summand) {
    parameters_.factor = factor;
    parameters_.summand = summand;
  }

 private:
  kernels::UnaryKind kind_;
  kernels::UnaryParameters parameters_;
};

// Whether the node is this function, and nothing is fused into it.
bool is_unary(const Node& node, kernels::UnaryKind kind);

}  // namespace u2net::engine
