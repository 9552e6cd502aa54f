// SPDX-License-Identifier: Apache-2.0
// conv2d_transpose and depthwise_conv2d_transpose. The size of the result is that of the
// convolution whose gradient this is, where the program says no other: several sizes have the same
// convolved one, and output_size or output_padding chooses among them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/graph/op.h"
#include "engine/ops/window.h"
#include "kernels/conv2d_transpose/conv2d_transpose.h"

namespace u2net::engine {

extern const OpType kConv2dTranspose, kDepthwiseConv2dTranspose;

struct Conv2dTransposeOptions {
  Pair strides = {1, 1}, dilations = {1, 1};
  Paddings paddings = {};
  std::vector<std::int64_t> output_padding = {};  // height and width, or none
  std::vector<std::int64_t> output_size = {};     // alike
  std::int64_t groups = 1;
  PaddingAlgorithm padding_algorithm = PaddingAlgorithm::kExplicit;
  bool depthwise = false;  // what the program calls it: it makes no difference
};

class Conv2dTranspose : public Operator {
 public:
  enum Input { kSrc, kFilter, kBias, kSizeTensor, kSizeTensorList };

  explicit Conv2dTranspose(Conv2dTransposeOptions options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool is_data_slot(int slot) const override { return slot < kSizeTensor; }
  double macs(const Graph& graph, const Node& node) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const Conv2dTransposeOptions& options() const { return options_; }
  // The problem for given shapes, padding resolved.
  kernels::Conv2dTransposeParams params(const Shape& src, const Shape& filter,
                                        const Shape& dst) const;

 private:
  struct Axis {
    std::int64_t pad_begin, pad_end, dilation;
  };
  Axis axis(int which, std::int64_t in, std::int64_t kernel) const;
  std::int64_t output_extent(const Inference& in, int which) const;

  Conv2dTransposeOptions options_;
};

}  // namespace u2net::engine
