// SPDX-License-Identifier: Apache-2.0
// Operators that take elements by their positions, or set them.
#include <algorithm>
#include <utility>
#include <vector>

#include "tests/fuzz/growth.h"

namespace u2net::fuzz {
namespace {

// A box, by attributes or by tensors.
bool crop_tensor(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  if (!x) return false;
  Integers sizes, offsets;
  for (std::int64_t size : w.g.shape(*x)) {
    offsets.push_back(w.c.between(0, size - 1));
    sizes.push_back(w.c.chance(4) ? -1 : w.c.between(1, size - offsets.back()));
  }
  TracedGraph::Slots slots = {{"X", {*x}}};
  const std::size_t way = w.c.below(4);
  if (way == 1) slots.push_back({"Shape", {w.sizes(sizes)}});
  if (way == 2) slots.push_back({"OffsetsTensor", w.sizes_one_by_one(offsets)});
  return w.add("crop_tensor", slots, {{"shape", sizes}, {"offsets", offsets}});
}

// Positions from an attribute, a tensor, or a list of tensors.
void say(Growth& w, const char* attribute, const char* tensor, const char* list,
         const Integers& positions, TracedGraph::Slots& slots, Attributes& attributes) {
  attributes[attribute] = positions;
  const std::size_t from = w.c.below(6);
  if (from == 1 && tensor != nullptr) slots.push_back({tensor, {w.sizes(positions)}});
  if (from == 2) slots.push_back({list, w.sizes_one_by_one(positions)});
}

struct Walk {
  Integers axes, starts, ends, steps;
};

Walk some_walk(Growth& w, ValueId x) {
  Walk walk;
  for (std::int64_t axis = 0; axis < w.rank(x); ++axis) {
    if (!w.c.chance(8)) continue;
    const std::int64_t size = w.g.shape(x)[static_cast<std::size_t>(axis)],
                       a = w.c.between(0, size - 1), b = w.c.between(0, size - 1),
                       step = w.c.between(1, 3);
    const bool is_back = w.c.chance(5);
    walk.axes.push_back(axis);
    walk.starts.push_back(is_back ? std::max(a, b) : std::min(a, b));
    walk.ends.push_back(is_back ? std::min(a, b) - 1 : std::max(a, b) + 1);
    walk.steps.push_back(is_back ? -step : step);
  }
  return walk;
}

bool strided_slice(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  if (!x) return false;
  const Walk walk = some_walk(w, *x);
  if (walk.axes.empty()) return false;
  TracedGraph::Slots slots = {{"Input", {*x}}};
  Attributes attributes = {{"axes", walk.axes}};
  say(w, "starts", "StartsTensor", "StartsTensorList", walk.starts, slots, attributes);
  say(w, "ends", "EndsTensor", "EndsTensorList", walk.ends, slots, attributes);
  say(w, "strides", "StridesTensor", "StridesTensorList", walk.steps, slots, attributes);
  return w.add("strided_slice", slots, attributes);
}

bool set_value(Growth& w) {
  const auto x = w.pick_rank(1, 5);
  if (!x) return false;
  const Walk walk = some_walk(w, *x);
  TracedGraph::Slots slots = {{"Input", {*x}}};
  Attributes attributes = {{"axes", walk.axes}};
  say(w, "starts", nullptr, "StartsTensorList", walk.starts, slots, attributes);
  say(w, "ends", nullptr, "EndsTensorList", walk.ends, slots, attributes);
  say(w, "steps", nullptr, "StepsTensorList", walk.steps, slots, attributes);
  if (w.c.coin()) {
    slots.push_back({"ValueTensor", {w.g.constant(w.random_tensor(w.g.dtype(*x), {1}))}});
  } else {
    attributes["shape"] = Integers{1};
    attributes["values"] = std::vector<double>{w.c.one_of({2.0, 0.0, -1.0})};
  }
  return w.add("set_value", slots, attributes);
}

Integers some_numbers(Growth& w, std::int64_t count, std::int64_t size) {
  Integers numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(w.c.between(0, size - 1));
  return numbers;
}

bool gather(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  if (!x) return false;
  const auto axis = static_cast<std::int64_t>(w.c.below(w.g.shape(*x).size()));
  const Integers numbers =
      some_numbers(w, w.c.between(1, 5), w.g.shape(*x)[static_cast<std::size_t>(axis)]);
  TracedGraph::Slots slots = {{"X", {*x}}, {"Index", {w.sizes(numbers)}}};
  if (w.c.chance(4)) slots.push_back({"Axis", {w.sizes({axis})}});
  return w.add("gather", slots, {{"axis", axis}});
}

bool index_select(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  if (!x) return false;
  const auto axis = static_cast<std::int64_t>(w.c.below(w.g.shape(*x).size()));
  const Integers numbers =
      some_numbers(w, w.c.between(1, 5), w.g.shape(*x)[static_cast<std::size_t>(axis)]);
  return w.add("index_select", {{"X", {*x}}, {"Index", {w.sizes(numbers)}}}, {{"dim", axis}});
}

// Index constants of more than one dimension.
ValueId numbers_of(Growth& w, Shape shape, const Integers& numbers) {
  return w.g.constant(Tensor::from<std::int64_t>(std::move(shape), numbers));
}

bool gather_nd(Growth& w) {
  const auto x = w.pick_rank(1, 6);
  if (!x) return false;
  const std::int64_t count = w.c.between(1, 4), depth = w.c.between(1, w.rank(*x));
  Integers numbers;
  for (std::int64_t i = 0; i < count * depth; ++i) {
    const std::int64_t size = w.g.shape(*x)[static_cast<std::size_t>(i % depth)];
    numbers.push_back(w.c.between(0, size - 1));
  }
  return w.add("gather_nd", {{"X", {*x}}, {"Index", {numbers_of(w, {count, depth}, numbers)}}});
}

// Numbers of elements along an axis, one to three of them, for every other place of x.
std::optional<ValueId> numbers_along(Growth& w, ValueId x, std::size_t axis) {
  Shape shape = w.g.shape(x);
  const std::int64_t size = shape[axis];
  shape[axis] = w.c.between(1, 3);
  if (element_count(shape) > 2000) return std::nullopt;
  return numbers_of(w, shape, some_numbers(w, element_count(shape), size));
}

bool take_along_axis(Growth& w) {
  const auto x = w.pick_rank(1, 4);
  if (!x) return false;
  const auto axis = w.c.below(w.g.shape(*x).size());
  const auto index = numbers_along(w, *x, axis);
  return index && w.add("take_along_axis", {{"Input", {*x}}, {"Index", {*index}}},
                        {{"Axis", static_cast<std::int64_t>(axis)}});
}

bool index_sample(Growth& w) {
  auto x = w.pick_rank(2, 6);
  if (x && w.rank(*x) != 2)
    x = w.g.op("flatten2", {{"X", {*x}}}, {{"axis", w.c.between(1, w.rank(*x) - 1)}});
  if (!x) return false;
  const auto index = numbers_along(w, *x, 1);
  return index && w.add("index_sample", {{"X", {*x}}, {"Index", {*index}}});
}

bool one_hot(Growth& w) {
  const std::int64_t depth = w.c.between(1, 5);
  const ValueId x = w.sizes(some_numbers(w, w.c.between(1, 4), depth));
  TracedGraph::Slots slots = {{"X", {x}}};
  if (w.c.chance(4)) slots.push_back({"depth_tensor", {w.sizes({depth})}});
  return w.add("one_hot_v2", slots,
               {{"depth", depth}, {"dtype", std::int64_t{5}}, {"allow_out_of_range", w.c.coin()}});
}

constexpr Maker kPositionMakers[] = {
    {"crop_tensor", crop_tensor},
    {"gather", gather},
    {"gather_nd", gather_nd},
    {"index_sample", index_sample},
    {"index_select", index_select},
    {"one_hot_v2", one_hot},
    {"set_value", set_value},
    {"strided_slice", strided_slice},
    {"take_along_axis", take_along_axis},
};

}  // namespace

std::span<const Maker> position_makers() { return kPositionMakers; }

}  // namespace u2net::fuzz
