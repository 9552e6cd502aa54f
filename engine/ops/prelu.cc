// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/prelu.h"

#include <algorithm>

#include "engine/base/text.h"
#include "kernels/prelu/prelu.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}, {"Alpha"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};
constexpr std::string_view kModes[] = {"all", "channel", "element"};

}  // namespace

constexpr OpType kPrelu{"prelu", kInputs, kOutputs};

std::array<std::int64_t, kMaxRank> Prelu::alpha_dims(const Shape& x) const {
  std::array<std::int64_t, kMaxRank> dims;
  std::fill(dims.begin(), dims.end(), 1);
  if (options_.mode == PreluMode::kElement && !x.empty())
    std::copy(x.begin() + 1, x.end(), dims.begin() + 1);
  if (options_.mode == PreluMode::kChannel && x.size() >= 2) {
    const std::size_t channel = options_.channels_last ? x.size() - 1 : 1;
    dims[channel] = x[channel];
  }
  return dims;
}

void Prelu::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32, DType::kFloat64});
  const TensorType &x = in.input(kX), &alpha = in.input(kAlpha);
  if (x.dtype != alpha.dtype) {
    in.fail("X is ", dtype_name(x.dtype), ", Alpha is ", dtype_name(alpha.dtype));
  }
  const auto dims = alpha_dims(x.shape);
  const std::int64_t wanted = element_count(std::span(dims).first(x.shape.size()));
  if (element_count(alpha.shape) != wanted) {
    in.fail("Alpha ", alpha.shape, " for X ", x.shape, " in mode ",
            kModes[static_cast<int>(options_.mode)], ": ", wanted, " elements were expected");
  }
  in.set_output(0, x);
}

void Prelu::run_reference(const Operands& o) const {
  const Shape& x = o.input(kX).shape;
  const auto dims = alpha_dims(x);
  const kernels::PreluShape shape{x, std::span(dims).first(x.size())};
  const auto run = [&]<class T>(T) {
    kernels::prelu_reference(shape, o.input(kX).as<const T>(), o.input(kAlpha).as<const T>(),
                             o.output().as<T>(), *o.pool);
  };
  o.output().dtype == DType::kFloat64 ? run(double{}) : run(float{});
}

Description Prelu::describe() const {
  return {{"mode", std::string(kModes[static_cast<int>(options_.mode)])},
          {"data_format", options_.channels_last ? "NHWC" : "NCHW"}};
}

bool Prelu::keeps_images_apart(const Graph& graph, const Node& node,
                               const std::vector<ImageRole>& roles) const {
  return !graph.type_of(node.input(kX)).shape.empty() && only_images_in(node, roles, {kX});
}

}  // namespace u2net::engine
