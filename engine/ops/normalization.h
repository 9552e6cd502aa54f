// SPDX-License-Identifier: Apache-2.0
// layer_norm, instance_norm and group_norm: rows of the input by their own statistics.
#pragma once

#include "engine/graph/op.h"
#include "kernels/normalization/normalization.h"

namespace u2net::engine {

extern const OpType kLayerNorm, kInstanceNorm, kGroupNorm;

enum class NormalizationKind : std::uint8_t { kLayer, kInstance, kGroup };

struct NormalizationOptions {
  NormalizationKind kind;
  float epsilon = 1e-5F;
  std::int64_t begin_axis = 1;  // layer: the first dimension of a row
  std::int64_t groups = 1;      // group
};

class Normalization : public Operator {
 public:
  enum Input { kX, kScale, kBias };

  explicit Normalization(const NormalizationOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  int in_place_slot() const override { return kX; }
  Description describe() const override;

  const NormalizationOptions& options() const { return options_; }
  // The problem for a given shape that fits.
  kernels::NormalizationParams params(const Shape& src) const;

 private:
  NormalizationOptions options_;
};

}  // namespace u2net::engine
