// SPDX-License-Identifier: Apache-2.0
// ONNX's Resize in the forms that the operators for images (engine/ops/interp.h) do not have: any
// axes, antialiasing, crops, any cubic kernel, sizes that keep the aspect. What becomes of each
// axis is given by sizes or by scales.
#pragma once

#include <optional>
#include <vector>

#include "engine/graph/op.h"
#include "kernels/resample/resample.h"

namespace u2net::engine {

extern const OpType kResample;

// What sizes mean: one scale for all axes, so that nothing gets larger, or smaller, than they say.
enum class AspectPolicy : std::uint8_t { kStretch, kNotLarger, kNotSmaller };

struct ResampleOptions {
  kernels::ResampleRule rule = {};
  float extrapolation = 0;  // of kCropped, for what lies outside
  AspectPolicy policy = AspectPolicy::kStretch;
  std::vector<std::int64_t> axes = {};  // of X, negative ones from the end; empty: all
  // An entry for each of them; or empty, and an operand has them. Either sizes or scales.
  std::vector<std::int64_t> sizes = {};
  std::vector<float> scales = {};
  // Of kCropped: the starts of all axes, then their ends.
  std::vector<float> region = {};
};

class Resample : public Operator {
 public:
  enum Input { kX, kRegion, kScales, kSizes };

  explicit Resample(ResampleOptions options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  std::shared_ptr<const Operator> specialized(Inference& in) const override;
  bool specialized_alike(const Operator& other) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const ResampleOptions& options() const { return options_; }

 private:
  ResampleOptions with_operands(const Inference& in) const;
  // Of an operand of that shape, by what the options say; or nothing and `why`.
  std::optional<std::vector<kernels::ResampleSize>> sizes_of(const ResampleOptions& options,
                                                             const Shape& shape,
                                                             std::string& why) const;

  ResampleOptions options_;
};

}  // namespace u2net::engine
