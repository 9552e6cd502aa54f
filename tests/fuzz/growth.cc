// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/growth.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace u2net::fuzz {

std::optional<ValueId> Growth::pick(const std::function<bool(ValueId)>& fits) {
  std::vector<ValueId> candidates;
  for (auto id = static_cast<ValueId>(g.value_count()); id-- > 0;) {
    if (fits(id)) candidates.push_back(id);
  }
  if (candidates.empty()) return std::nullopt;
  // Half of the time what is new: chains grow, and results come to be used.
  return candidates[c.coin() ? c.below(std::min<std::size_t>(candidates.size(), 3))
                             : c.below(candidates.size())];
}

std::optional<ValueId> Growth::pick_image() {
  return pick([&](ValueId id) {
    return g.dtype(id) == DType::kFloat32 && g.shape(id).size() == 4 && !g.is_constant(id);
  });
}

std::optional<ValueId> Growth::pick_of(std::initializer_list<DType> types) {
  return pick([&](ValueId id) {
    return std::find(types.begin(), types.end(), g.dtype(id)) != types.end();
  });
}

std::optional<ValueId> Growth::pick_rank(std::int64_t least, std::int64_t most) {
  return pick(
      [&](ValueId id) { return rank(id) >= least && rank(id) <= most && g[id].value.size() > 0; });
}

std::int64_t Growth::some_axis(std::int64_t rank) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(rank, 1));
  const auto axis = static_cast<std::int64_t>(c.below(count));
  return c.chance(4) ? axis - rank : axis;
}

std::optional<ValueId> Growth::pick_like(ValueId other) {
  return pick([&](ValueId id) {
    return id != other && g.dtype(id) == g.dtype(other) && g.shape(id) == g.shape(other);
  });
}

// Not numbers, the largest, the smallest.
float Growth::special_value() {
  using Limits = std::numeric_limits<float>;
  constexpr float kValues[] = {
      Limits::quiet_NaN(), Limits::infinity(),   -Limits::infinity(), Limits::max(),
      Limits::lowest(),    Limits::denorm_min(), Limits::min(),       -0.0F};
  return kValues[random_.integer(0, 7)];
}

Tensor Growth::random_tensor(DType dtype, Shape shape) {
  Tensor tensor(dtype, std::move(shape));
  const bool has_special = c.chance(1);
  visit_dtype(dtype, [&](auto zero) {
    using T = decltype(zero);
    for (T& value : tensor.values<T>()) {
      if constexpr (std::is_same_v<T, bool>) {
        value = random_.integer(0, 1) != 0;
      } else if constexpr (std::is_floating_point_v<T>) {
        value = static_cast<T>(whole_ ? static_cast<double>(random_.integer(-2, 2))
                                      : random_.real(-1, 1));
        if (has_special && random_.integer(0, 9) == 0) value = static_cast<T>(special_value());
      } else {
        value = static_cast<T>(random_.integer(std::is_unsigned_v<T> ? 0 : -3, 9));
      }
    }
  });
  return tensor;
}

ValueId Growth::weight(Shape shape) {
  if (c.chance(3)) {
    const auto same = pick([&](ValueId id) {
      return g.is_constant(id) && g.dtype(id) == DType::kFloat32 && g.shape(id) == shape;
    });
    if (same) return *same;
  }
  Tensor tensor = random_tensor(DType::kFloat32, std::move(shape));
  if (c.chance(1)) {  // fed
    const Shape declared = tensor.shape();
    return g.input(std::move(tensor), declared);
  }
  const ValueId id = g.constant(std::move(tensor));
  if (!c.chance(1)) return id;
  return g.op("scale", {{"X", {id}}}, {{"scale", 2.0}}).value_or(id);
}

bool Growth::add(std::string_view type, const TracedGraph::Slots& inputs,
                 const Attributes& attributes, std::size_t results) {
  const std::optional<ValueId> id = g.op(type, inputs, attributes, results);
  if (id) last = *id + static_cast<ValueId>(c.below(results));
  return id.has_value();
}

namespace {

Tensor integers(const Integers& values, bool is_long) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  if (is_long) return Tensor::from<std::int64_t>(shape, values);
  return Tensor::from<std::int32_t>(shape, std::vector<std::int32_t>(values.begin(), values.end()));
}

}  // namespace

std::optional<ValueId> Growth::as_int(std::optional<ValueId> from) {
  if (!from) return std::nullopt;
  const DType dtype = c.one_of({DType::kInt32, DType::kInt64});
  return g.op("cast", {{"X", {*from}}},
              {{"in_dtype", static_cast<std::int64_t>(g.dtype(*from))},
               {"out_dtype", static_cast<std::int64_t>(dtype)}});
}

// shape -> slice -> (cast ->) scale that adds what is missing; one an entry, joined.
std::optional<ValueId> Growth::sizes_of_shapes(const Integers& values) {
  const auto source = pick([&](ValueId id) { return !g.shape(id).empty() && !g.is_constant(id); });
  if (!source) return std::nullopt;
  std::vector<ValueId> parts;
  const std::int64_t wide = c.coin() ? 2 : 3;
  for (std::int64_t value : values) {
    const auto shape = g.op("shape", {{"Input", {*source}}}, {{"dtype", wide}});
    if (!shape) return std::nullopt;
    const auto axis = static_cast<std::int64_t>(c.below(g.shape(*source).size()));
    const std::int64_t size = g.shape(*source)[static_cast<std::size_t>(axis)];
    auto part =
        g.op("slice", {{"Input", {*shape}}},
             {{"axes", Integers{0}}, {"starts", Integers{axis}}, {"ends", Integers{axis + 1}}});
    if (part && c.chance(6)) {
      part = g.op("cast", {{"X", {*part}}}, {{"in_dtype", wide}, {"out_dtype", std::int64_t{5}}});
    }
    const bool doubled = size != 0 && value == 2 * size;
    if (part && (doubled || value != size)) {
      part = g.op("scale", {{"X", {*part}}},
                  {{"scale", doubled ? 2.0 : 1.0},
                   {"bias", doubled ? 0.0 : static_cast<double>(value - size)}});
    }
    if (part && g.dtype(*part) == DType::kFloat32) {
      part = g.op("cast", {{"X", {*part}}}, {{"in_dtype", std::int64_t{5}}, {"out_dtype", wide}});
    }
    if (!part) return std::nullopt;
    parts.push_back(*part);
  }
  if (parts.size() == 1) return parts.front();
  return g.op("concat", {{"X", parts}}, {{"axis", std::int64_t{0}}});
}

// An element of a computed image, minus its own value, times something large, plus `value`: what
// the reference kernels give exactly, and what others give if they round as those do.
std::optional<ValueId> Growth::one_float(float value) {
  const auto source = pick([&](ValueId id) {
    return g.dtype(id) == DType::kFloat32 && g.shape(id).size() == 4 && g[id].value.size() > 0 &&
           !g.is_constant(id);
  });
  if (!source) return std::nullopt;
  Integers starts, ends;
  std::int64_t at = 0;
  for (std::int64_t size : g.shape(*source)) {
    starts.push_back(static_cast<std::int64_t>(c.below(static_cast<std::size_t>(size))));
    ends.push_back(starts.back() + 1);
    at = at * size + starts.back();
  }
  auto one = g.op("slice", {{"Input", {*source}}},
                  {{"axes", Integers{0, 1, 2, 3}}, {"starts", starts}, {"ends", ends}});
  const double found = g[*source].value.values<float>()[static_cast<std::size_t>(at)];
  if (one) one = g.op("scale", {{"X", {*one}}}, {{"scale", 1.0}, {"bias", -found}});
  const double times = c.one_of({1e13, 1.0, 1e4, 1e8, 1e38, 0.0});
  if (one) one = g.op("scale", {{"X", {*one}}}, {{"scale", times}, {"bias", double{value}}});
  if (one && c.chance(2)) one = g.op("relu", {{"X", {*one}}});
  if (one) one = g.op("reshape2", {{"X", {*one}}}, {{"shape", Integers{1}}});
  return one;
}

std::optional<ValueId> Growth::computed_floats(const std::vector<float>& values) {
  std::vector<ValueId> parts;
  for (float value : values) {
    const std::optional<ValueId> part = one_float(value);
    if (!part) return std::nullopt;
    parts.push_back(*part);
  }
  if (parts.size() == 1) return parts.front();
  return g.op("concat", {{"X", parts}}, {{"axis", std::int64_t{0}}});
}

ValueId Growth::floats(const std::vector<float>& values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  std::optional<ValueId> made;
  switch (c.below(4)) {
    case 0:
      made = computed_floats(values);
      break;
    case 1:
      return g.input(Tensor::from<float>(shape, values), shape);
    default:
      break;
  }
  return made ? *made : g.constant(Tensor::from<float>(shape, values));
}

ValueId Growth::sizes(const Integers& values) {
  std::optional<ValueId> made;
  switch (c.below(6)) {
    case 0:
    case 1:
      made = sizes_of_shapes(values);
      break;
    case 2:
      return g.input(integers(values, c.coin()), {static_cast<std::int64_t>(values.size())});
    case 3:
    case 4: {
      std::vector<float> reals;
      for (std::int64_t value : values)
        reals.push_back(static_cast<float>(value) + (value > 0 ? 0.25F : 0.0F));
      made = as_int(computed_floats(reals));
      break;
    }
    default:
      break;
  }
  // Only what came out as it should: magnitudes may have been too large.
  if (made && to_integers(g[*made].value.view()) == values) return *made;
  return g.constant(integers(values, c.coin()));
}

std::vector<ValueId> Growth::sizes_one_by_one(const Integers& values) {
  std::vector<ValueId> ids;
  for (std::int64_t value : values) ids.push_back(sizes({value}));
  return ids;
}

}  // namespace u2net::fuzz
