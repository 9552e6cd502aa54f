// SPDX-License-Identifier: Apache-2.0
// conv2d and depthwise_conv2d: attributes, and the bias, ReLU and residual that passes fuse into
// it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/graph/op.h"
#include "kernels/conv2d/conv2d.h"

namespace u2net {

enum class PaddingAlgorithm { kExplicit, kSame, kValid };

// Shared by conv2d and pool2d: throws kModelFormat for an unknown word.
PaddingAlgorithm read_padding_algorithm(const AttributeReader& attributes);
// 2 values (h, w) or 4 (top, bottom, left, right), as four; each 0 ... 65536.
std::vector<std::int64_t> read_paddings(const AttributeReader& attributes);
// Two positive values of at most 65536.
std::vector<std::int64_t> read_positive_pair(const AttributeReader& attributes,
                                             std::string_view name,
                                             std::vector<std::int64_t> otherwise);
// Fails unless the attribute `name` says NCHW (or the AnyLayout of older files).
void require_nchw(const AttributeReader& attributes, std::string_view name);
// The reverse of the two: the word, and 2 values where the padding is the same on both sides,
// else 4.
std::string padding_word(PaddingAlgorithm algorithm);
std::vector<std::int64_t> short_paddings(const std::vector<std::int64_t>& paddings);
// Leading and trailing padding of SAME: the extra sample goes behind.
std::pair<std::int64_t, std::int64_t> same_padding(std::int64_t in, std::int64_t kernel,
                                                   std::int64_t stride);

class Conv2d : public Operator {
 public:
  enum Input { kSrc, kFilter, kBias, kResidual };

  explicit Conv2d(const AttributeReader& attributes);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double macs(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Attributes attributes() const override;
  std::vector<std::pair<std::string, std::string>> describe() const override;

  std::int64_t groups() const { return groups_; }
  // infer() for a source of this shape, whatever slot kSrc holds.
  void infer_from(Inference& in, const Shape& src) const;
  // The problem for given shapes, padding resolved.
  kernels::Conv2dParams params(const Shape& src, const Shape& filter, const Shape& dst) const;

  // Set by passes; applied in this order after the sum and the bias.
  bool relu = false;
  bool relu_after_residual = false;  // needs the residual slot

 private:
  struct Axis {
    std::int64_t pad_begin, pad_end, dilation, out;
  };
  Axis axis(int which, std::int64_t in, std::int64_t kernel) const;

  std::vector<std::int64_t> strides_, dilations_, paddings_;  // h, w; h, w; t, b, l, r
  std::int64_t groups_;
  PaddingAlgorithm padding_algorithm_;
};

}  // namespace u2net
