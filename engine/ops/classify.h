// SPDX-License-Identifier: Apache-2.0
// isnan_v2, isinf_v2, isfinite_v2: whether each element is not a number, infinite, or neither.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kIsNan, kIsInf, kIsFinite;

enum class NumberClass : std::uint8_t { kNan, kInfinite, kFinite };

class Classify : public Operator {
 public:
  explicit Classify(NumberClass wanted);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;

 private:
  NumberClass wanted_;
};

}  // namespace u2net::engine
