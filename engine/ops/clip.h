// SPDX-License-Identifier: Apache-2.0
// clip: x held between Min and Max, or between the parameters where those are not connected.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kClip;

struct ClipOptions {
  double min, max;
};

class Clip : public Operator {
 public:
  enum Input { kX, kMin, kMax };

  explicit Clip(const ClipOptions& options) : Operator(kClip), options_(options) {}

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  int in_place_slot() const override { return kX; }
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const ClipOptions& options() const { return options_; }

 private:
  ClipOptions options_;
};

}  // namespace u2net::engine
