// SPDX-License-Identifier: Apache-2.0
// slice: [starts, ends) along some axes, negative positions from the end, both clamped to the size;
// decrease_axis removes dimensions of one. Starts and ends from a tensor, else a list of tensors,
// else the parameters.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kSlice;

struct SliceOptions {
  std::vector<std::int64_t> axes, starts, ends, decrease_axis;
  std::vector<std::int64_t> infer_flags;  // a note of the exporter's, for who writes it again
};

class Slice : public Operator {
 public:
  enum Input { kSrc, kStartsTensor, kEndsTensor, kStartsTensorList, kEndsTensorList };

  explicit Slice(SliceOptions options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const SliceOptions& options() const { return options_; }

 private:
  Slice resolved(const Inference& in) const;

  SliceOptions options_;
};

}  // namespace u2net::engine
