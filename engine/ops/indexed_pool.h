// SPDX-License-Identifier: Apache-2.0
// max_pool2d_with_index, which tells where each maximum lies in its plane, and unpool, which puts
// values back to such places.
#pragma once

#include "engine/graph/op.h"
#include "engine/ops/window.h"
#include "kernels/pool2d/indexed.h"

namespace u2net::engine {

extern const OpType kMaxPool2dWithIndex, kUnpool;

struct IndexedPoolOptions {
  Pair kernel;
  Pair strides = {1, 1};
  Pair paddings = {};
  bool ceil_mode = false;
  bool global = false;    // the window is the whole image, whatever `kernel` says
  bool adaptive = false;  // `kernel` is the size of the result
};

class MaxPool2dWithIndex : public Operator {
 public:
  enum Output { kOut, kMask };  // the mask may be left out

  explicit MaxPool2dWithIndex(const IndexedPoolOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const IndexedPoolOptions& options() const { return options_; }
  // The problem for given shapes, padding and window resolved.
  kernels::Pool2dParams params(const Shape& src, const Shape& dst) const;

 private:
  IndexedPoolOptions options_;
};

struct UnpoolOptions {
  Pair kernel;
  Pair strides = {1, 1};
  Pair paddings = {};
  std::vector<std::int64_t> output_size = {};  // height and width, or none
};

class Unpool : public Operator {
 public:
  enum Input { kX, kIndices, kSizeTensor, kSizeTensorList };

  explicit Unpool(UnpoolOptions options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool is_data_slot(int slot) const override { return slot < kSizeTensor; }
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const UnpoolOptions& options() const { return options_; }

 private:
  UnpoolOptions options_;
};

}  // namespace u2net::engine
