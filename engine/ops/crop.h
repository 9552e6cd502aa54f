// SPDX-License-Identifier: Apache-2.0
// crop_tensor: a box of the operand, by its corner and its sizes; a size of -1 reaches to the end.
#pragma once

#include "engine/ops/movement.h"

namespace u2net::engine {

extern const OpType kCropTensor;

class Crop : public Movement {
 public:
  enum Input { kX, kShape, kOffsets, kShapeList, kOffsetsList };

  // Without sizes: to the end; without offsets: from the first element on.
  Crop(Integers sizes, Integers offsets);

  void infer(Inference& in) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  const Integers& sizes() const { return sizes_; }
  const Integers& offsets() const { return offsets_; }

 private:
  kernels::StridedCopy pattern(const Shape& src, const Shape& dst) const override;
  Integers offsets_of(const Inference& in) const;

  Integers sizes_, offsets_;
};

}  // namespace u2net::engine
