// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/graph/op.h"
#include "engine/ops/window.h"
#include "kernels/pool2d/pool2d.h"

namespace u2net::engine {

extern const OpType kPool2d;

struct Pool2dOptions {
  kernels::PoolKind kind;
  Pair kernel;
  Pair strides = {1, 1};
  Paddings paddings = {};
  PaddingAlgorithm padding_algorithm = PaddingAlgorithm::kExplicit;
  bool ceil_mode = false;
  bool exclusive = true;  // an average is over the samples, without the padding
  bool global = false;    // the window is the whole image, whatever `kernel` says
  bool adaptive = false;  // `kernel` is the size of the result
  // Not of Paddle's operator. A last window that would begin behind the image is left out:
  bool begins_inside = false;
};

class Pool2d : public Operator {
 public:
  enum Input { kX, kSizeTensor, kSizeTensorList };  // the sizes: `kernel`, where it is computed

  explicit Pool2d(const Pool2dOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  Description describe() const override;

  const Pool2dOptions& options() const { return options_; }
  // The problem for given shapes, padding and window resolved.
  kernels::Pool2dParams params(const Shape& src, const Shape& dst) const;

 private:
  struct Axis {
    std::int64_t kernel, pad_begin, pad_end, out;
  };
  Axis axis(int which, std::int64_t in, std::int64_t kernel) const;
  Pair kernel_in(const Inference& in) const;

  Pool2dOptions options_;
};

}  // namespace u2net::engine
