// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/graph/op.h"
#include "engine/ops/conv2d.h"
#include "kernels/pool2d/pool2d.h"

namespace u2net {

class Pool2d : public Operator {
 public:
  explicit Pool2d(const AttributeReader& attributes);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Attributes attributes() const override;
  std::vector<std::pair<std::string, std::string>> describe() const override;

  // The problem for given shapes, padding and window resolved.
  kernels::Pool2dParams params(const Shape& src, const Shape& dst) const;

 private:
  struct Axis {
    std::int64_t kernel, pad_begin, pad_end, out;
  };
  Axis axis(int which, std::int64_t in) const;

  kernels::PoolKind kind_;
  std::vector<std::int64_t> kernel_, strides_, paddings_;  // h, w; h, w; t, b, l, r
  PaddingAlgorithm padding_algorithm_;
  bool ceil_mode_, exclusive_, global_, adaptive_;
};

}  // namespace u2net
