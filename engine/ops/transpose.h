// SPDX-License-Identifier: Apache-2.0
// transpose2: dimension d of the result is dimension axes[d] of the operand.
#pragma once

#include "engine/ops/movement.h"

namespace u2net::engine {

extern const OpType kTranspose2;

class Transpose : public Movement {
 public:
  explicit Transpose(Integers axes);

  void infer(Inference& in) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const Integers& axes() const { return axes_; }

 private:
  kernels::StridedCopy pattern(const Shape& src, const Shape& dst) const override;
  std::size_t source_of(std::size_t d) const;

  Integers axes_;
};

}  // namespace u2net::engine
