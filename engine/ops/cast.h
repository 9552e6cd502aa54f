// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/graph/op.h"

namespace u2net {

class Cast : public Operator {
 public:
  explicit Cast(const AttributeReader& attributes);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Attributes attributes() const override;
  std::vector<std::pair<std::string, std::string>> describe() const override;

  DType dtype() const { return dtype_; }

 private:
  DType dtype_;
  std::int64_t from_;  // as the program says; what arrives is what counts
};

}  // namespace u2net
