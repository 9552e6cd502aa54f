// SPDX-License-Identifier: Apache-2.0
// bilinear_interp, nearest_interp (v1) and their _v2: output size from SizeTensor, else OutSize,
// else a scale (tensor, then attribute), else out_h and out_w. The versions differ in what a scale
// does to the sampling ratio: v2 samples at 1/scale whenever a scale was given, v1 always at
// in/out.
#pragma once

#include <optional>

#include "engine/graph/op.h"
#include "kernels/interp/interp.h"

namespace u2net {

class Interp : public Operator {
 public:
  enum Input { kX, kOutSize, kSizeTensor, kScale };

  Interp(const AttributeReader& attributes, const OpType& type, kernels::InterpKind kind, bool v2);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Attributes attributes() const override;
  std::vector<std::pair<std::string, std::string>> describe() const override;

  // The problem for given shapes of a specialized operator.
  kernels::InterpParams params(const Shape& src, const Shape& dst) const;

 private:
  struct Pair {
    float h, w;
  };
  struct Size {
    std::int64_t h, w;
  };
  Pair checked_scale(const Inference& in) const;
  Size output_size(const Inference& in) const;

  kernels::InterpKind kind_;
  bool v2_;
  bool align_corners_, align_mode_;
  std::int64_t out_h_, out_w_;
  std::optional<Pair> scale_;     // given by the attribute or, once specialized, by the tensor
  bool ratio_from_scale_ = true;  // false once a SizeTensor decided: then a scale has no say
  bool size_is_known_ = false;    // specialized: out_h_ and out_w_ win over scale_
};

}  // namespace u2net
