// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/grid_sampler.h"

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}, {"Grid"}};
constexpr SlotInfo kOutputs[] = {{"Output"}};

}  // namespace

constexpr OpType kGridSampler{"grid_sampler", kInputs, kOutputs};

GridSampler::GridSampler(const GridSamplerOptions& options)
    : Operator(kGridSampler), options_(options) {}

void GridSampler::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32});
  in.require_dtype(kGrid, {DType::kFloat32});
  const Shape &x = in.input(kX).shape, &grid = in.input(kGrid).shape;
  if (x.size() != 4 || grid.size() != 4 || grid[3] != 2 || grid[0] != x[0]) {
    in.fail("input ", x, " and grid ", grid, " do not fit, expected [n,c,h,w] and [n,oh,ow,2]");
  }
  if (x[2] < 1 || x[3] < 1) in.fail("input ", x, " is empty");
  in.set_output(0, {DType::kFloat32, {x[0], x[1], grid[1], grid[2]}});
}

void GridSampler::run_reference(const Operands& o) const {
  const Shape &x = o.input(kX).shape, &dst = o.output().shape;
  kernels::grid_sample_reference({.n = x[0],
                                  .c = x[1],
                                  .ih = x[2],
                                  .iw = x[3],
                                  .oh = dst[2],
                                  .ow = dst[3],
                                  .nearest = options_.nearest,
                                  .padding = options_.padding,
                                  .align_corners = options_.align_corners},
                                 o.input(kX).as<const float>(), o.input(kGrid).as<const float>(),
                                 o.output().as<float>(), *o.pool);
}

double GridSampler::work(const Graph& graph, const Node& node) const {
  const auto count = [&](ValueId id) {
    return static_cast<double>(element_count(graph.type_of(id).shape));
  };
  return 8 * count(node.output()) + 20 * count(node.input(kGrid));  // four products; where they lie
}

Description GridSampler::describe() const {
  constexpr const char* kWords[] = {"zeros", "border", "reflection"};
  return {{"mode", options_.nearest ? "nearest" : "bilinear"},
          {"padding_mode", kWords[static_cast<int>(options_.padding)]},
          {"align_corners", options_.align_corners ? "true" : "false"}};
}

bool GridSampler::keeps_images_apart(const Graph&, const Node& node,
                                     const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kX, kGrid});
}

}  // namespace u2net::engine
