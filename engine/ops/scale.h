// SPDX-License-Identifier: Apache-2.0
// scale: x * scale + bias, or (x + bias) * scale; a ScaleTensor overrides the attribute.
#pragma once

#include "engine/graph/op.h"

namespace u2net {

class Scale : public Operator {
 public:
  enum Input { kX, kScaleTensor };

  explicit Scale(const AttributeReader& attributes);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  int in_place_slot() const override { return kX; }
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Attributes attributes() const override;
  std::vector<std::pair<std::string, std::string>> describe() const override;

  bool is_identity() const { return scale_ == 1 && bias_ == 0; }
  // As x * factor() + offset(), for a node without ScaleTensor.
  float factor() const { return static_cast<float>(scale_); }
  float offset() const { return static_cast<float>(bias_after_scale_ ? bias_ : bias_ * scale_); }

 private:
  double scale_, bias_;
  bool bias_after_scale_;
};

}  // namespace u2net
