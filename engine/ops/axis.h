// SPDX-License-Identifier: Apache-2.0
// What operators that work along one dimension share. An axis counts from the end where it is
// negative, and a tensor without dimensions is taken as one of [1].
#pragma once

#include <initializer_list>

#include "engine/graph/op.h"
#include "kernels/base/axis_shape.h"

namespace u2net::engine {

// Fails unless the input in slot 0 has that dimension.
void check_axis(const Inference& in, std::int64_t axis);

// For an axis that fits.
std::size_t dimension_of(std::int64_t axis, const Shape& shape);
kernels::AxisShape axis_shape(const Shape& shape, std::int64_t axis);
// The shape with a 1 in place of that dimension, or without it.
Shape without_axis(const Shape& shape, std::int64_t axis, bool keep);

// The operand in slot 0 is images, and these axes leave them apart.
bool axes_keep_images_apart(const Graph& graph, const Node& node,
                            const std::vector<ImageRole>& roles,
                            std::initializer_list<std::int64_t> axes);

}  // namespace u2net::engine
