// SPDX-License-Identifier: Apache-2.0
// p_norm: the p-norm along an axis, or of the whole tensor. norm: a tensor divided by its Euclidean
// norm along an axis (l2_normalize).
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kPNorm, kNorm;

struct PNormOptions {
  double order = 2;
  std::int64_t axis = -1;
  bool keep_dim = false;
  bool as_vector = false;  // of the whole tensor
};

class PNorm : public Operator {
 public:
  explicit PNorm(const PNormOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const PNormOptions& options() const { return options_; }

 private:
  PNormOptions options_;
};

class Norm : public Operator {
 public:
  Norm(std::int64_t axis, float epsilon);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  std::int64_t axis() const { return axis_; }
  float epsilon() const { return epsilon_; }

 private:
  std::int64_t axis_;
  float epsilon_;
};

}  // namespace u2net::engine
