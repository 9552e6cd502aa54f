// SPDX-License-Identifier: Apache-2.0
// slice: [starts, ends) along some axes, negative positions from the end, both clamped to the size;
// decrease_axis removes dimensions of one. Starts and ends from a tensor, else a list of tensors,
// else the attributes.
#pragma once

#include "engine/graph/op.h"

namespace u2net {

class Slice : public Operator {
 public:
  enum Input { kSrc, kStartsTensor, kEndsTensor, kStartsTensorList, kEndsTensorList };

  explicit Slice(const AttributeReader& attributes);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Attributes attributes() const override;
  std::vector<std::pair<std::string, std::string>> describe() const override;

 private:
  Slice resolved(const Inference& in) const;

  std::vector<std::int64_t> axes_, starts_, ends_, decrease_axis_;
  std::vector<std::int64_t> infer_flags_;  // a note of the exporter's, kept for attributes()
};

}  // namespace u2net
