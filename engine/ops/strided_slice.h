// SPDX-License-Identifier: Apache-2.0
// Walks along some axes in steps: strided_slice takes [start, end) by a step that may be negative,
// flip takes all of an axis from its end.
#pragma once

#include "engine/ops/movement.h"

namespace u2net::engine {

extern const OpType kStridedSlice, kFlip;

struct StridedSliceOptions {
  Integers axes, starts, ends, strides, decrease_axis;
  // Walking back, an end of -1 lies before the first element, and one that is further in front is
  // the first element itself. Else negative ends count from the end as ever.
  bool minus_one_is_open = false;
};

class StridedSlice : public Movement {
 public:
  enum Input {
    kSrc,
    kStartsTensor,
    kEndsTensor,
    kStridesTensor,
    kStartsTensorList,
    kEndsTensorList,
    kStridesTensorList
  };

  explicit StridedSlice(StridedSliceOptions options);

  void infer(Inference& in) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  const StridedSliceOptions& options() const { return options_; }

 private:
  kernels::StridedCopy pattern(const Shape& src, const Shape& dst) const override;
  StridedSliceOptions resolved(const Inference& in) const;

  StridedSliceOptions options_;
};

class Flip : public Movement {
 public:
  explicit Flip(Integers axes);

  void infer(Inference& in) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  const Integers& axes() const { return axes_; }

 private:
  kernels::StridedCopy pattern(const Shape& src, const Shape& dst) const override;
  bool flips(std::size_t d, std::size_t rank) const;

  Integers axes_;
};

}  // namespace u2net::engine
