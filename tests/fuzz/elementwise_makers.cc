// SPDX-License-Identifier: Apache-2.0
// Comparisons and truth values, what chooses between elements, and what makes tensors of sizes.
#include <array>
#include <utility>

#include "loader/function_names.h"
#include "tests/fuzz/growth.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

// Another value of the type of `x`, itself, or a constant that is repeated along some dimensions.
ValueId beside(Growth& w, ValueId x) {
  Choices& c = w.c;
  if (c.chance(6)) {
    if (const auto like = w.pick_like(x)) return *like;
  }
  if (c.chance(2) || element_count(w.g.shape(x)) == 0) return x;
  Shape part = w.g.shape(x);
  for (std::int64_t& size : part) size = c.coin() ? 1 : size;
  return w.g.constant(w.random_tensor(w.g.dtype(x), c.chance(3) ? Shape{1} : part));
}

template <std::size_t function>
bool compare(Growth& w) {
  const auto x = w.pick([](ValueId) { return true; });
  if (!x) return false;
  ValueId a = *x, b = beside(w, a);
  if (w.c.chance(4)) std::swap(a, b);
  return w.add(kCompareNames[function].paddle, {{"X", {a}}, {"Y", {b}}});
}

template <std::size_t function>
bool bitwise(Growth& w) {
  constexpr const char* kNames[] = {"bitwise_and", "bitwise_or", "bitwise_xor"};
  const auto x = w.pick_of({DType::kBool, DType::kInt32, DType::kInt64});
  return x && w.add(kNames[function], {{"X", {*x}}, {"Y", {beside(w, *x)}}});
}

bool bitwise_not(Growth& w) {
  const auto x = w.pick_of({DType::kBool, DType::kInt32, DType::kInt64});
  return x && w.add("bitwise_not", {{"X", {*x}}});
}

template <std::size_t kind>
bool classify(Growth& w) {
  constexpr const char* kNames[] = {"isnan_v2", "isinf_v2", "isfinite_v2"};
  const auto x = w.pick_of(kNumbers);
  return x && w.add(kNames[kind], {{"X", {*x}}});
}

bool logical_not(Growth& w) {
  const auto x = w.pick([](ValueId) { return true; });
  return x && w.add("logical_not", {{"X", {*x}}});
}

bool where(Growth& w) {
  const auto x = w.pick([](ValueId) { return true; });
  if (!x) return false;
  const auto condition = w.pick_of({DType::kBool});
  ValueId chosen = condition ? *condition : kNoValue;
  if (!condition || w.c.coin()) {
    const auto made = w.g.op("not_equal", {{"X", {*x}}, {"Y", {beside(w, *x)}}});
    if (!made) return false;
    chosen = *made;
  }
  return w.add("where", {{"Condition", {chosen}}, {"X", {*x}}, {"Y", {beside(w, *x)}}});
}

bool clip(Growth& w) {
  const auto x = w.pick_of(kNumbers);
  if (!x) return false;
  TracedGraph::Slots slots = {{"X", {*x}}};
  if (w.c.chance(4)) slots.push_back({"Min", {w.floats({-1.0F})}});
  if (w.c.chance(4)) slots.push_back({"Max", {w.floats({2.0F})}});
  return w.add(
      "clip", slots,
      {{"min", w.c.one_of({-0.5, 0.0, -3.4e38})}, {"max", w.c.one_of({1.0, 6.0, 3.4e38})}});
}

bool prelu(Growth& w) {
  const auto x = w.pick_of({DType::kFloat32});
  if (!x || element_count(w.g.shape(*x)) == 0) return false;
  const Shape& shape = w.g.shape(*x);
  const bool last = w.c.chance(3);
  const std::size_t mode = shape.size() < 2 ? 0 : w.c.below(3);
  constexpr std::array<const char*, 3> kModes = {"all", "channel", "element"};
  Shape alpha{1};
  if (mode == 1) alpha = {last ? shape.back() : shape[1]};
  if (mode == 2) alpha = Shape(shape.begin() + 1, shape.end());
  return w.add(
      "prelu", {{"X", {*x}}, {"Alpha", {w.weight(alpha)}}},
      {{"mode", std::string(kModes[mode])}, {"data_format", std::string(last ? "NHWC" : "NCHW")}});
}

bool assign(Growth& w) {
  const auto x = w.pick([](ValueId) { return true; });
  return x && w.add("assign", {{"X", {*x}}});
}

bool dropout(Growth& w) {
  const auto x = w.pick_of({DType::kFloat32, DType::kFloat64});
  const std::string mode = w.c.coin() ? "upscale_in_train" : "downgrade_in_infer";
  return x && w.add("dropout", {{"X", {*x}}},
                    {{"is_test", true}, {"dropout_prob", 0.25}, {"dropout_implementation", mode}});
}

bool increment(Growth& w) {
  const auto x = w.pick_of(kNumbers);
  return x && w.add("increment", {{"X", {*x}}}, {{"step", w.c.one_of({1.0, -2.0})}});
}

bool sum(Growth& w) {
  const auto x = w.pick_of(kNumbers);
  if (!x) return false;
  std::vector<ValueId> parts = {*x};
  for (std::size_t more = w.c.below(4); more-- > 0;) {
    const auto like = w.pick_like(*x);
    parts.push_back(like ? *like : *x);
  }
  return w.add("sum", {{"X", parts}});
}

std::int64_t some_dtype(Growth& w) {
  return static_cast<std::int64_t>(
      w.c.one_of({DType::kFloat32, DType::kInt64, DType::kInt32, DType::kBool}));
}

bool fill_constant(Growth& w) {
  Integers shape;
  for (std::size_t rank = w.c.below(5); rank-- > 0;)
    shape.push_back(w.c.one_of<std::int64_t>({1, 2, 3, 5}));
  TracedGraph::Slots slots;
  const std::size_t way = shape.empty() ? 0 : w.c.below(4);
  if (way == 1) slots.push_back({"ShapeTensor", {w.sizes(shape)}});
  if (way == 2) slots.push_back({"ShapeTensorList", w.sizes_one_by_one(shape)});
  if (w.c.chance(3)) slots.push_back({"ValueTensor", {w.floats({1.5F})}});
  return w.add(
      "fill_constant", slots,
      {{"shape", shape}, {"dtype", some_dtype(w)}, {"value", w.c.one_of({0.0, 1.0, -2.5})}});
}

bool fill_any_like(Growth& w) {
  const auto x = w.pick([](ValueId) { return true; });
  const std::int64_t dtype = w.c.coin() ? -1 : some_dtype(w);
  return x && w.add("fill_any_like", {{"X", {*x}}}, {{"dtype", dtype}, {"value", 1.0}});
}

bool batch_size_like(Growth& w) {
  const auto x = w.pick([&](ValueId id) { return !w.g.shape(id).empty(); });
  if (!x) return false;
  return w.add("fill_constant_batch_size_like", {{"Input", {*x}}},
               {{"shape", Integers{-1, 2, 1, 1}}, {"dtype", std::int64_t{5}}, {"value", 0.5}});
}

bool range(Growth& w) {
  const std::int64_t count = static_cast<std::int64_t>(w.c.below(9));
  if (w.c.coin()) {
    return w.add(
        "range",
        {{"Start", {w.sizes({1})}}, {"End", {w.sizes({1 + 2 * count})}}, {"Step", {w.sizes({2})}}});
  }
  return w.add("range", {{"Start", {w.floats({0.5F})}},
                         {"End", {w.floats({0.5F + 0.25F * static_cast<float>(count)})}},
                         {"Step", {w.floats({0.25F})}}});
}

bool linspace(Growth& w) {
  const std::int64_t count = 1 + static_cast<std::int64_t>(w.c.below(9));
  return w.add(
      "linspace",
      {{"Start", {w.floats({-1.0F})}}, {"Stop", {w.floats({1.0F})}}, {"Num", {w.sizes({count})}}},
      {{"dtype", std::int64_t{5}}});
}

bool assign_value(Growth& w) {
  if (w.c.coin()) {
    return w.add("assign_value", {},
                 {{"shape", Integers{2, 1}},
                  {"dtype", std::int64_t{5}},
                  {"fp32_values", std::vector<double>{0.5, -1.0}}});
  }
  return w.add(
      "assign_value", {},
      {{"shape", Integers{3}}, {"dtype", std::int64_t{3}}, {"int64_values", Integers{4, 0, -7}}});
}

bool select_input(Growth& w) {
  std::vector<ValueId> values;
  for (std::int64_t i = w.c.between(1, 3); i > 0; --i)
    values.push_back(*w.pick([](ValueId) { return true; }));
  const auto last = static_cast<std::int64_t>(values.size()) - 1;
  const ValueId mask = w.sizes({w.c.between(0, last)});
  return w.add("select_input", {{"X", values}, {"Mask", {mask}}});
}

template <std::size_t... function>
std::vector<Maker> all_elementwise_makers(std::index_sequence<function...>) {
  return {{"assign", assign},
          {"assign_value", assign_value},
          {"bitwise_and", bitwise<0>},
          {"bitwise_not", bitwise_not},
          {"bitwise_or", bitwise<1>},
          {"bitwise_xor", bitwise<2>},
          {"clip", clip},
          {"dropout", dropout},
          {"fill_any_like", fill_any_like},
          {"fill_constant", fill_constant},
          {"fill_constant_batch_size_like", batch_size_like},
          {"increment", increment},
          {"isfinite_v2", classify<2>},
          {"isinf_v2", classify<1>},
          {"isnan_v2", classify<0>},
          {"linspace", linspace},
          {"logical_not", logical_not},
          {"prelu", prelu},
          {"range", range},
          {"select_input", select_input},
          {"sum", sum},
          {"where", where},
          {kCompareNames[function].paddle, compare<function>}...};
}

}  // namespace

std::span<const Maker> elementwise_makers() {
  static const std::vector<Maker> makers =
      all_elementwise_makers(std::make_index_sequence<std::size(kCompareNames)>());
  return makers;
}

}  // namespace u2net::fuzz
