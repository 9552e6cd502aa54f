// SPDX-License-Identifier: Apache-2.0
// Axes, sizes and positions as operators of data movement take them: from parameters, a tensor, or
// a list of tensors of one element.
#pragma once

#include <array>
#include <initializer_list>
#include <span>

#include "engine/graph/op.h"

namespace u2net::engine {

using Integers = std::vector<std::int64_t>;

// From the list where it is connected, else from the tensor, else the parameter. -1 for a slot that
// the operator lacks.
Integers integers_of(const Inference& in, int tensor, int list, const Integers& parameter);
bool has_any(const Inference& in, std::initializer_list<int> slots);

// Not negative and below `rank`; a negative one counts from the end. Throws where it is neither.
std::size_t checked_axis(const Inference& in, std::int64_t axis, std::size_t rank);
// Each once, sorted.
std::vector<std::size_t> checked_axes(const Inference& in, const Integers& axes, std::size_t rank);

// The number of an element, read when the network runs, along an axis of `size`: negative ones
// count from the end. Throws kInputShape for one outside.
std::int64_t checked_element(const OpType& type, std::int64_t number, std::int64_t size);

// The positions begin, begin + step, ... of an axis.
struct Positions {
  std::int64_t begin = 0, count = 0, step = 1;
};

// [start, end) by `step`, negative positions from the end, both moved to the nearer end of an axis
// of `size`. `step` is not 0.
Positions positions_of(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size);

// Row-major, in elements.
using Strides = std::array<std::int64_t, kMaxRank>;
Strides strides_of(std::span<const std::int64_t> shape);

std::string to_text(bool value);

}  // namespace u2net::engine
