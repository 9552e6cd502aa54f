// SPDX-License-Identifier: Apache-2.0
// grid_sampler: an image at the places that another tensor names.
#pragma once

#include "engine/graph/op.h"
#include "kernels/grid_sample/grid_sample.h"

namespace u2net::engine {

extern const OpType kGridSampler;

struct GridSamplerOptions {
  bool nearest = false;
  kernels::GridPadding padding = kernels::GridPadding::kZeros;
  bool align_corners = true;
};

class GridSampler : public Operator {
 public:
  enum Input { kX, kGrid };

  explicit GridSampler(const GridSamplerOptions& options);

  void infer(Inference& in) const override;
  void run_reference(const Operands& operands) const override;
  double work(const Graph& graph, const Node& node) const override;
  bool keeps_images_apart(const Graph& graph, const Node& node,
                          const std::vector<ImageRole>& roles) const override;
  Description describe() const override;

  const GridSamplerOptions& options() const { return options_; }

 private:
  GridSamplerOptions options_;
};

}  // namespace u2net::engine
