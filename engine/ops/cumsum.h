// SPDX-License-Identifier: Apache-2.0
// cumsum and cumprod: running sums and products along an axis, or through the whole tensor as one
// line.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kCumsum, kCumprod;

struct CumsumOptions {
  std::int64_t axis = -1;
  bool flatten = false;
  bool exclusive = false;
  bool reverse = false;
  bool product = false;
};

class Cumsum : public Operator {
 public:
  explicit Cumsum(const CumsumOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const CumsumOptions& options() const { return options_; }

 private:
  CumsumOptions options_;
};

}  // namespace u2net::engine
