// SPDX-License-Identifier: Apache-2.0
// softmax and log_softmax along an axis.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kSoftmax, kLogSoftmax;

class Softmax : public Operator {
 public:
  explicit Softmax(std::int64_t axis, bool logarithm = false);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  int in_place_slot() const override { return 0; }
  Description describe() const override;

  std::int64_t axis() const { return axis_; }
  bool logarithm() const { return logarithm_; }

 private:
  std::int64_t axis_;
  bool logarithm_;
};

}  // namespace u2net::engine
