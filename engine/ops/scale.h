// SPDX-License-Identifier: Apache-2.0
// scale: x * scale + bias, or (x + bias) * scale; a ScaleTensor overrides the parameter.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kScale;
// Of one operand, with the factor and the summand of the parameters.
extern const OpType kDropout;    // * (1 - p), or nothing, as training went
extern const OpType kIncrement;  // + step

struct ScaleOptions {
  double scale = 1, bias = 0;
  bool bias_after_scale = true;
};

class Scale : public Operator {
 public:
  enum Input { kX, kScaleTensor };

  explicit Scale(const ScaleOptions& options = {}, const OpType& type = kScale);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  int in_place_slot() const override { return kX; }
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const ScaleOptions& options() const { return options_; }
  bool is_identity() const { return options_.scale == 1 && options_.bias == 0; }
  // As x * factor() + offset(), for a node without ScaleTensor.
  float factor() const { return static_cast<float>(options_.scale); }
  float offset() const {
    return static_cast<float>(options_.bias_after_scale ? options_.bias
                                                        : options_.bias * options_.scale);
  }

 private:
  ScaleOptions options_;
};

}  // namespace u2net::engine
