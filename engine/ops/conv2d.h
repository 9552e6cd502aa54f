// SPDX-License-Identifier: Apache-2.0
// conv2d and depthwise_conv2d, with the bias, ReLU, activation and residual that passes fuse into
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/graph/op.h"
#include "engine/ops/window.h"
#include "kernels/conv2d/conv2d.h"

namespace u2net::engine {

extern const OpType kConv2d, kDepthwiseConv2d;

struct Conv2dOptions {
  Pair strides = {1, 1}, dilations = {1, 1};
  Paddings paddings = {};
  std::int64_t groups = 1;
  PaddingAlgorithm padding_algorithm = PaddingAlgorithm::kExplicit;
  bool depthwise = false;  // what the program calls it: it makes no difference
};

// What the samples of each channel are like: by the parameters of a batch normalisation, which made
// them so in training.
struct ChannelStatistics {
  std::vector<float> mean, deviation;
};

class Conv2d : public Operator {
 public:
  enum Input { kSrc, kFilter, kBias, kResidual };

  explicit Conv2d(const Conv2dOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double macs(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const Conv2dOptions& options() const { return options_; }
  std::int64_t groups() const { return options_.groups; }
  // infer() for a source of this shape, whatever slot kSrc holds.
  void infer_from(Inference& in, const Shape& src) const;
  // The problem for given shapes, padding resolved.
  kernels::Conv2dParams params(const Shape& src, const Shape& filter, const Shape& dst) const;

  // Set by passes; applied in this order after the sum and the bias.
  bool relu = false;
  bool relu_after_residual = false;  // needs the residual slot
  // Behind either ReLU: before the residual or, where there is one, after it.
  std::optional<kernels::Activation> activation = {};
  bool activation_after_residual = false;
  // Of the sum and the bias, where a batch normalisation was folded into them; else null.
  std::shared_ptr<const ChannelStatistics> statistics = {};
  bool is_fused() const { return relu || relu_after_residual || activation; }

 private:
  struct Axis {
    std::int64_t pad_begin, pad_end, dilation, out;
  };
  Axis axis(int which, std::int64_t in, std::int64_t kernel) const;

  Conv2dOptions options_;
};

}  // namespace u2net::engine
