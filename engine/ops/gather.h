// SPDX-License-Identifier: Apache-2.0
// Elements by their numbers. gather and index_select take slices of an axis, gather_nd slices by
// several coordinates (behind dimensions that it goes along with, where it has such),
// take_along_axis an element for every element of the index, index_sample the same along the second
// of two dimensions, one_hot_v2 makes a row of zeros with one 1. A number outside of its axis is an
// error when the network runs.
#pragma once

#include "engine/ops/positions.h"

namespace u2net::engine {

extern const OpType kGather, kGatherNd, kIndexSample, kIndexSelect, kOneHotV2, kTakeAlongAxis;

// gather and index_select.
class Gather : public Operator {
 public:
  enum Input { kX, kIndex, kAxis };

  // `type`: kGather or kIndexSelect.
  Gather(const OpType& type, std::int64_t axis);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool is_data_slot(int slot) const override { return slot != kAxis; }
  bool specialized_alike(const Operator& other) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  std::int64_t axis() const { return axis_; }

 private:
  std::int64_t axis_in(const Inference& in) const;
  std::int64_t axis_;
};

class GatherNd : public Operator {
 public:
  enum Input { kX, kIndex };

  // `batch_dims`: that many first dimensions are the same in X and Index, and coordinates lie
  // behind.
  explicit GatherNd(std::int64_t batch_dims = 0);
  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  Description describe() const override;
  std::int64_t batch_dims() const { return batch_dims_; }

 private:
  bool fits(const Shape& x, const Shape& index) const;
  std::int64_t batch_dims_;
};

// take_along_axis and index_sample.
class TakeAlongAxis : public Operator {
 public:
  enum Input { kX, kIndex };

  // `type`: kTakeAlongAxis or kIndexSample.
  TakeAlongAxis(const OpType& type, std::int64_t axis);
  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  Description describe() const override;
  std::int64_t axis() const { return axis_; }

 private:
  std::int64_t axis_;
};

struct OneHotOptions {
  std::int64_t depth = 1;
  DType dtype = DType::kFloat32;
  bool allow_out_of_range = false;  // such a row is all zeros
};

class OneHot : public Operator {
 public:
  enum Input { kX, kDepth };

  explicit OneHot(OneHotOptions options);
  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;
  const OneHotOptions& options() const { return options_; }

 private:
  std::int64_t depth_in(const Inference& in) const;
  OneHotOptions options_;
};

}  // namespace u2net::engine
