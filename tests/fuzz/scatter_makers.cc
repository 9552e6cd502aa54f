// SPDX-License-Identifier: Apache-2.0
// Updates at places that are numbers, often the same place twice.
#include <string>

#include "tests/fuzz/growth.h"

namespace u2net::fuzz {
namespace {

std::optional<ValueId> pick_target(Growth& w) {
  return w.pick([&](ValueId id) {
    const Shape& shape = w.g.shape(id);
    return !shape.empty() && shape.size() <= 4 && element_count(shape) > 0 &&
           w.g.dtype(id) != DType::kBool;
  });
}

// Sums are of these alone.
bool is_number(const Growth& w, ValueId id) {
  return std::find(kNumbers.begin(), kNumbers.end(), w.g.dtype(id)) != kNumbers.end();
}

ValueId updates_of(Growth& w, ValueId x, Shape shape) {
  return w.g.constant(w.random_tensor(w.g.dtype(x), std::move(shape)));
}

bool scatter(Growth& w) {
  const auto x = pick_target(w);
  if (!x) return false;
  Shape shape = w.g.shape(*x);
  Integers rows;
  for (std::int64_t i = w.c.between(1, 4); i > 0; --i) rows.push_back(w.c.between(0, shape[0] - 1));
  shape[0] = static_cast<std::int64_t>(rows.size());
  if (element_count(shape) > 2000) return false;
  return w.add("scatter",
               {{"X", {*x}}, {"Ids", {w.sizes(rows)}}, {"Updates", {updates_of(w, *x, shape)}}},
               {{"overwrite", !is_number(w, *x) || w.c.coin()}});
}

bool scatter_nd_add(Growth& w) {
  const auto x = pick_target(w);
  if (!x || !is_number(w, *x)) return false;
  const Shape& shape = w.g.shape(*x);
  const std::int64_t count = w.c.between(1, 4),
                     depth = w.c.between(1, static_cast<std::int64_t>(shape.size()));
  Integers places;
  for (std::int64_t i = 0; i < count * depth; ++i)
    places.push_back(w.c.between(0, shape[static_cast<std::size_t>(i % depth)] - 1));
  Shape updates = {count};
  updates.insert(updates.end(), shape.begin() + depth, shape.end());
  if (element_count(updates) > 2000) return false;
  const ValueId index = w.g.constant(Tensor::from<std::int64_t>({count, depth}, places));
  return w.add("scatter_nd_add",
               {{"X", {*x}}, {"Index", {index}}, {"Updates", {updates_of(w, *x, updates)}}});
}

bool put_along_axis(Growth& w) {
  Choices& c = w.c;
  const auto x = pick_target(w);
  if (!x) return false;
  Shape shape = w.g.shape(*x);
  const std::size_t axis = c.below(shape.size());
  const std::int64_t size = shape[axis];
  shape[axis] = c.between(1, 3);
  if (element_count(shape) > 2000) return false;
  Integers places;
  for (std::int64_t i = element_count(shape); i > 0; --i) places.push_back(c.between(0, size - 1));
  const ValueId index = w.g.constant(Tensor::from<std::int64_t>(shape, places));
  const char* reduce = is_number(w, *x)
                           ? c.one_of<const char*>({"assign", "add", "mul", "amin", "amax", "mean"})
                           : "assign";
  return w.add("put_along_axis",
               {{"Input", {*x}}, {"Index", {index}}, {"Value", {updates_of(w, *x, shape)}}},
               {{"Axis", static_cast<std::int64_t>(axis)},
                {"Reduce", std::string(reduce)},
                {"Include_self", c.coin()}});
}

}  // namespace

std::span<const Maker> scatter_makers() {
  static constexpr Maker kMakers[] = {
      {"put_along_axis", put_along_axis}, {"scatter", scatter}, {"scatter_nd", scatter_nd_add}};
  return kMakers;
}

}  // namespace u2net::fuzz
