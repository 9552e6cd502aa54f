// SPDX-License-Identifier: Apache-2.0
// Normalisation with given statistics.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kBatchNorm;

class BatchNorm : public Operator {
 public:
  enum Input { kSrc, kScale, kBias, kMean, kVariance };

  explicit BatchNorm(float epsilon);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  int in_place_slot() const override { return kSrc; }
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  float epsilon() const { return epsilon_; }

 private:
  float epsilon_;
};

}  // namespace u2net::engine
