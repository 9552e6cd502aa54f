// SPDX-License-Identifier: Apache-2.0
// What passes make of a conv2d and the operators around it; no program contains it.
//   x      = concat over channels of the sources, some of them resized to twice their height and
//   width
//            (bilinear, half-pixel centres)
//   Output = conv2d(x, Filter) with bias, ReLU and residual
//   Pooled = 2x2 maximum of stride 2 over Output; where it is connected
#pragma once

#include <memory>
#include <vector>

#include "engine/ops/conv2d.h"

namespace u2net::engine {

class FusedConv2d : public Operator {
 public:
  enum Input { kSources, kFilter, kBias, kResidual };  // the slots of Conv2d, but several sources
  enum Output { kDst, kPooled };

  FusedConv2d(std::shared_ptr<const Conv2d> conv, std::vector<bool> upsampled);

  // The size of Pooled where that of Output is odd: windows may reach over its edge, or not.
  struct Pooling {
    bool ceil_h = false, ceil_w = false;
  };

  const Conv2d& conv() const { return *conv_; }
  bool upsamples(std::size_t source) const { return upsampled_[source]; }
  const std::vector<bool>& upsampled() const { return upsampled_; }

  // The shape and the elements of x; `sources` are those from index `first` on.
  Shape joined_shape(const std::vector<Shape>& sources, std::size_t first = 0) const;
  Tensor joined_sources(const Operands& operands) const;

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double macs(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  Pooling pooling;  // where slot kPooled is connected

 private:
  std::shared_ptr<const Conv2d> conv_;
  std::vector<bool> upsampled_;  // by source
};

// The convolution of a node that is a conv2d, fused with its surroundings or not; null for others.
const Conv2d* convolution_of(const Node& node);
bool upsamples_source(const Node& node, std::size_t source);

// Makes a FusedConv2d of a conv2d's node, if it is not one yet.
void make_fused(Node& node);
// Replaces one source of a fused node by several.
void replace_source(Node& node, std::size_t source, const std::vector<ValueId>& by, bool upsampled);
// Gives a fused node its second result.
void add_pooled(Node& node, ValueId pooled, FusedConv2d::Pooling pooling);

}  // namespace u2net::engine
