// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kCast;

struct CastOptions {
  DType to;
  DType from;  // as the program says; what arrives is what counts
};

class Cast : public Operator {
 public:
  explicit Cast(CastOptions options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const CastOptions& options() const { return options_; }

 private:
  CastOptions options_;
};

}  // namespace u2net::engine
