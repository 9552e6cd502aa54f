// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/positions.h"

#include <algorithm>
#include <limits>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {

Integers integers_of(const Inference& in, int tensor, int list, const Integers& parameter) {
  if (list >= 0 && in.has(list)) {
    Integers all;
    for (int i = 0; i < in.count(list); ++i) {
      const Integers one = to_integers(in.value(list, i).view());
      if (one.size() != 1) in.fail("an entry of a list of sizes has ", one.size(), " elements");
      all.push_back(one.front());
    }
    return all;
  }
  if (tensor >= 0 && in.has(tensor)) return to_integers(in.value(tensor).view());
  return parameter;
}

bool has_any(const Inference& in, std::initializer_list<int> slots) {
  return std::any_of(slots.begin(), slots.end(), [&](int slot) { return in.has(slot); });
}

std::size_t checked_axis(const Inference& in, std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < -size || axis >= size) in.fail("axis ", axis, " of ", rank, " dimensions");
  return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
}

std::vector<std::size_t> checked_axes(const Inference& in, const Integers& axes, std::size_t rank) {
  std::vector<std::size_t> all;
  for (std::int64_t axis : axes) all.push_back(checked_axis(in, axis, rank));
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::int64_t checked_element(const OpType& type, std::int64_t number, std::int64_t size) {
  const std::int64_t at = number < 0 ? number + size : number;
  if (at >= 0 && at < size) return at;
  throw_error(ErrorCode::kInputShape, "operator '", type.name, "' takes element ", number, " of ",
              size);
}

Positions positions_of(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size) {
  if (start < 0) start += size;
  if (end < 0) end += size;
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  start = std::clamp(start, low, std::max(low, high));
  end = std::clamp(end, low, std::max(low, high));
  const std::int64_t way = step > 0 ? end - start : start - end;
  // |step| as far as it matters: the smallest integer has no opposite.
  const std::int64_t pace =
      std::min(step > 0 ? step : -std::max(step, -std::numeric_limits<std::int64_t>::max()),
               std::max<std::int64_t>(size, 1));
  return {start, way <= 0 ? 0 : (way + pace - 1) / pace, step > 0 ? pace : -pace};
}

Strides strides_of(std::span<const std::int64_t> shape) {
  Strides strides{};
  std::int64_t stride = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= shape[d];
  }
  return strides;
}

std::string to_text(bool value) { return value ? "true" : "false"; }

}  // namespace u2net::engine
