// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/cumsum.h"

#include "engine/ops/axis.h"
#include "kernels/cumsum/cumsum.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kCumsum{"cumsum", kInputs, kOutputs};
constexpr OpType kCumprod{"cumprod", kInputs, kOutputs};

Cumsum::Cumsum(const CumsumOptions& options)
    : Operator(options.product ? kCumprod : kCumsum), options_(options) {}

void Cumsum::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  TensorType type = in.input(0);
  if (options_.flatten)
    type.shape = {element_count(type.shape)};
  else
    check_axis(in, options_.axis);
  in.set_output(0, type);
}

void Cumsum::run_reference(const Operands& o) const {
  const kernels::AxisShape shape = options_.flatten ? kernels::AxisShape{1, o.output().size(), 1}
                                                    : axis_shape(o.input(0).shape, options_.axis);
  visit_arithmetic(o.output().dtype, [&]<class T>(T) {
    kernels::cumsum_reference({shape, options_.exclusive, options_.reverse, options_.product},
                              o.input(0).as<const T>(), o.output().as<T>(), *o.pool);
  });
}

Description Cumsum::describe() const {
  return {{"axis", options_.flatten ? "all" : std::to_string(options_.axis)},
          {"exclusive", options_.exclusive ? "true" : "false"},
          {"reverse", options_.reverse ? "true" : "false"}};
}

bool Cumsum::keeps_images_apart(const Graph& graph, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return !options_.flatten && axes_keep_images_apart(graph, node, roles, {options_.axis});
}

}  // namespace u2net::engine
