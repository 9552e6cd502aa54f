// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/axis.h"

#include "engine/base/text.h"

namespace u2net::engine {

void check_axis(const Inference& in, std::int64_t axis) {
  const Shape& shape = in.input(0).shape;
  const auto rank = std::max<std::int64_t>(static_cast<std::int64_t>(shape.size()), 1);
  if (axis < -rank || axis >= rank) in.fail("axis ", axis, " of an input ", shape);
}

std::size_t dimension_of(std::int64_t axis, const Shape& shape) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  return static_cast<std::size_t>(axis < 0 ? std::max<std::int64_t>(axis + rank, 0) : axis);
}

kernels::AxisShape axis_shape(const Shape& shape, std::int64_t axis) {
  if (shape.empty()) return {1, 1, 1};
  const std::size_t at = dimension_of(axis, shape);
  const std::span<const std::int64_t> dims = shape;
  return {element_count(dims.first(at)), dims[at], element_count(dims.subspan(at + 1))};
}

Shape without_axis(const Shape& shape, std::int64_t axis, bool keep) {
  Shape result = shape;
  if (result.empty()) return result;
  const auto at = result.begin() + static_cast<std::ptrdiff_t>(dimension_of(axis, shape));
  if (keep)
    *at = 1;
  else
    result.erase(at);
  return result;
}

bool axes_keep_images_apart(const Graph& graph, const Node& node,
                            const std::vector<ImageRole>& roles,
                            std::initializer_list<std::int64_t> axes) {
  const Shape& shape = graph.type_of(node.input(0)).shape;
  for (std::int64_t axis : axes) {
    if (shape.empty() || dimension_of(axis, shape) == 0) return false;
  }
  return only_images_in(node, roles, {0});
}

}  // namespace u2net::engine
