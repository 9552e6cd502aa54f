// SPDX-License-Identifier: Apache-2.0
// Repetition: expand_v2 and expand_as_v2 repeat dimensions of one to a given size, tile repeats
// whole dimensions. New dimensions come in front.
#pragma once

#include "engine/ops/movement.h"

namespace u2net::engine {

extern const OpType kExpandV2, kExpandAsV2, kRepeatInterleave, kTile;

class Expand : public Movement {
 public:
  enum Input { kX, kShape, kShapeTensorList };

  // -1 keeps a size.
  explicit Expand(Shape shape);

  void infer(Inference& in) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  const Shape& shape() const { return shape_; }

 private:
  kernels::StridedCopy pattern(const Shape& src, const Shape& dst) const override;
  Shape shape_;
};

// To the shape of a second operand, whose elements do not matter, else to the parameter.
class ExpandAs : public Movement {
 public:
  enum Input { kX, kY };

  explicit ExpandAs(Shape shape);

  void infer(Inference& in) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  const Shape& shape() const { return shape_; }

 private:
  kernels::StridedCopy pattern(const Shape& src, const Shape& dst) const override;
  Shape shape_;
};

// Each element along an axis several times, one after the other.
class RepeatInterleave : public Movement {
 public:
  RepeatInterleave(std::int64_t repeats, std::int64_t axis);

  void infer(Inference& in) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  std::int64_t repeats() const { return repeats_; }
  std::int64_t axis() const { return axis_; }

 private:
  kernels::StridedCopy pattern(const Shape& src, const Shape& dst) const override;
  std::int64_t repeats_, axis_;
};

class Tile : public Movement {
 public:
  enum Input { kX, kRepeatTimes, kRepeatTimesList };

  explicit Tile(Integers repeats);

  void infer(Inference& in) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  const Integers& repeats() const { return repeats_; }

 private:
  kernels::StridedCopy pattern(const Shape& src, const Shape& dst) const override;
  Integers repeats_;
};

}  // namespace u2net::engine
