// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/arg_extreme.h"

#include <limits>

#include "engine/base/text.h"
#include "engine/ops/axis.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kArgMax{"arg_max", kInputs, kOutputs};
constexpr OpType kArgMin{"arg_min", kInputs, kOutputs};

ArgExtreme::ArgExtreme(const ArgExtremeOptions& options)
    : Operator(options.extreme == kernels::Extreme::kLargest ? kArgMax : kArgMin),
      options_(options) {}

kernels::AxisShape ArgExtreme::lines(const Shape& src) const {
  if (options_.flatten) return {1, element_count(src), 1};
  return axis_shape(src, options_.axis);
}

void ArgExtreme::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  const Shape& src = in.input(0).shape;
  if (!options_.flatten) check_axis(in, options_.axis);
  const std::int64_t size = lines(src).size;
  if (size < 1) in.fail("input ", src, " is empty along the axis");
  if (size > std::numeric_limits<std::int32_t>::max())
    in.fail_unsupported("a line of ", size, " elements");
  Shape dst;
  if (!options_.flatten) dst = without_axis(src, options_.axis, options_.keep_dims);
  if (options_.flatten && options_.keep_dims) dst = Shape(src.size(), 1);
  in.set_output(0, {options_.dtype, dst});
}

void ArgExtreme::run_reference(const Operands& o) const {
  const kernels::AxisShape shape = lines(o.input(0).shape);
  visit_arithmetic(o.input(0).dtype, [&]<class T>(T) {
    const T* src = o.input(0).as<const T>();
    if (options_.dtype == DType::kInt32) {
      kernels::arg_extreme_reference(options_.extreme, shape, src, o.output().as<std::int32_t>(),
                                     *o.pool);
    } else {
      kernels::arg_extreme_reference(options_.extreme, shape, src, o.output().as<std::int64_t>(),
                                     *o.pool);
    }
  });
}

Description ArgExtreme::describe() const {
  return {{"axis", options_.flatten ? "all" : std::to_string(options_.axis)},
          {"keepdims", options_.keep_dims ? "true" : "false"},
          {"dtype", std::string(dtype_name(options_.dtype))}};
}

bool ArgExtreme::keeps_images_apart(const Graph& graph, const Node& node,
                                    const std::vector<ImageRole>& roles) const {
  return !options_.flatten && axes_keep_images_apart(graph, node, roles, {options_.axis});
}

}  // namespace u2net::engine
