// SPDX-License-Identifier: Apache-2.0
// reshape2: the shape from ShapeTensor, else Shape, else the parameter; 0 copies a dimension of the
// input (or is a size, as ONNX can have it), one -1 is computed.
#pragma once

#include "engine/graph/op.h"

namespace u2net::engine {

extern const OpType kReshape2;

class Reshape2 : public Operator {
 public:
  enum Input { kX, kShape, kShapeTensor };

  explicit Reshape2(Shape shape, bool zero_is_size = false);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  int in_place_slot() const override { return kX; }
  bool is_view() const override { return true; }
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const Shape& shape() const { return shape_; }
  bool zero_is_size() const { return zero_is_size_; }

 private:
  std::vector<std::int64_t> wanted(const Inference& in) const;

  Shape shape_;
  bool zero_is_size_;
};

}  // namespace u2net::engine
