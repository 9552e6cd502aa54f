// SPDX-License-Identifier: Apache-2.0
// Operators on tensors of any rank and of the types that they take.
#include <algorithm>
#include <utility>
#include <vector>

#include "loader/function_names.h"
#include "tests/fuzz/growth.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

// An operand for `x`: of its shape, itself, or one that is repeated along some dimensions.
ValueId other_operand(Growth& w, ValueId x, std::int64_t& axis) {
  Choices& c = w.c;
  axis = -1;
  const Shape& shape = w.g.shape(x);
  if (element_count(shape) == 0) return x;  // no file holds a weight without elements
  switch (c.below(6)) {
    case 0:
    case 1:
      if (const auto like = w.pick_like(x)) return *like;
      return x;
    case 2:
      return x;
    case 3: {  // a run of its dimensions, from `axis` on: [c] along axis 1
      if (shape.empty()) break;
      const std::size_t begin = shape.size() > 1 && c.coin() ? 1 : c.below(shape.size());
      const std::size_t end = begin + 1 + c.below(shape.size() - begin);
      Shape part(shape.begin() + static_cast<std::ptrdiff_t>(begin),
                 shape.begin() + static_cast<std::ptrdiff_t>(end));
      axis = end == shape.size() && c.coin() ? -1 : static_cast<std::int64_t>(begin);
      return w.g.constant(w.random_tensor(w.g.dtype(x), part));
    }
    case 4: {  // ones for some dimensions
      Shape part = shape;
      for (std::int64_t& size : part) size = c.coin() ? 1 : size;
      return w.g.constant(w.random_tensor(w.g.dtype(x), part));
    }
    default:
      break;
  }
  return w.g.constant(w.random_tensor(w.g.dtype(x), c.coin() ? Shape{1} : Shape{}));
}

template <std::size_t function>
bool binary(Growth& w) {
  const auto x = w.pick_of(kNumbers);
  if (!x) return false;
  std::int64_t axis = -1;
  ValueId a = *x, b = other_operand(w, a, axis);
  if (w.c.chance(3)) std::swap(a, b);
  return w.add(kBinaryNames[function].paddle, {{"X", {a}}, {"Y", {b}}}, {{"axis", axis}});
}

template <std::size_t function>
bool unary(Growth& w) {
  const auto& name = kUnaryNames[function];
  const auto x = kernels::row_of(name.kind).takes_integers
                     ? w.pick_of(kNumbers)
                     : w.pick_of({DType::kFloat32, DType::kFloat64});
  return x && w.add(name.paddle, {{"X", {*x}}});
}

bool scale(Growth& w) {
  const auto x = w.pick_of(kNumbers);
  if (!x) return false;
  TracedGraph::Slots slots = {{"X", {*x}}};
  if (w.c.chance(4)) slots.push_back({"ScaleTensor", {w.floats({2.0F})}});
  const double factor = w.c.one_of({2.0, 1.0, -1.0, 0.5, 0.0, 3.7, 1e-3}),
               bias = w.c.one_of({0.0, 1.0, -2.0, 0.3});
  return w.add("scale", slots,
               {{"scale", factor}, {"bias", bias}, {"bias_after_scale", w.c.chance(12)}});
}

bool cast(Growth& w) {
  Choices& c = w.c;
  const auto x = w.pick([](ValueId) { return true; });
  if (!x) return false;
  const DType to = c.one_of({DType::kFloat32, DType::kInt32, DType::kInt64, DType::kBool,
                             DType::kFloat64, DType::kInt8, DType::kUInt8, DType::kInt16});
  const bool added = w.add("cast", {{"X", {*x}}},
                           {{"in_dtype", static_cast<std::int64_t>(w.g.dtype(*x))},
                            {"out_dtype", static_cast<std::int64_t>(to)}});
  if (added && c.chance(12)) {  // and back: most operators want floats
    w.add("cast", {{"X", {w.last}}},
          {{"in_dtype", static_cast<std::int64_t>(to)}, {"out_dtype", std::int64_t{5}}});
  }
  return added;
}

bool shape(Growth& w) {
  const auto x = w.pick([](ValueId) { return true; });
  return x && w.add("shape", {{"Input", {*x}}}, {{"dtype", std::int64_t{w.c.coin() ? 2 : 3}}});
}

// Several values that join along one axis, among them the same one several times.
bool concat(Growth& w) {
  Choices& c = w.c;
  const auto x = w.pick([&](ValueId id) { return !w.g.shape(id).empty(); });
  if (!x) return false;
  const std::int64_t rank = w.rank(*x);
  const std::int64_t axis =
      rank > 1 && c.chance(11) ? 1
                               : static_cast<std::int64_t>(c.below(static_cast<std::size_t>(rank)));
  std::vector<ValueId> parts(1 + c.below(9), *x);
  for (ValueId& part : parts) {
    if (!c.coin()) continue;
    const auto other = w.pick([&](ValueId id) {
      if (w.g.dtype(id) != w.g.dtype(*x) || w.rank(id) != rank) return false;
      for (std::int64_t d = 0; d < rank; ++d) {
        const auto at = static_cast<std::size_t>(d);
        if (d != axis && w.g.shape(id)[at] != w.g.shape(*x)[at]) return false;
      }
      return true;
    });
    if (other) part = *other;
  }
  const std::int64_t written = c.chance(4) ? axis - rank : axis;
  TracedGraph::Slots slots = {{"X", parts}};
  if (c.chance(4)) slots.push_back({"AxisTensor", {w.sizes({written})}});
  return w.add("concat", slots, {{"axis", written}});
}

// Positions from an attribute, a tensor, or a list of tensors.
void say_positions(Growth& w, const char* attribute, const char* tensor, const char* list,
                   const Integers& positions, TracedGraph::Slots& slots, Attributes& attributes) {
  attributes[attribute] = positions;
  const std::size_t way = w.c.below(4);
  if (way == 1) slots.push_back({tensor, {w.sizes(positions)}});
  if (way == 2) slots.push_back({list, w.sizes_one_by_one(positions)});
}

bool slice(Growth& w) {
  Choices& c = w.c;
  const auto x = w.pick([&](ValueId id) { return !w.g.shape(id).empty(); });
  if (!x) return false;
  Integers axes, starts, ends, removed;
  for (std::int64_t axis = 0; axis < w.rank(*x); ++axis) {
    if (!c.chance(7)) continue;
    const std::int64_t size = w.g.shape(*x)[static_cast<std::size_t>(axis)];
    const std::int64_t begin = c.between(0, size),
                       count = c.chance(14) ? c.between(1, std::max<std::int64_t>(size, 1)) : 0;
    std::int64_t start = begin, end = begin + count;
    if (c.chance(3) && start < size) start -= size;  // from the end
    if (c.chance(2)) end = c.one_of<std::int64_t>({2147483647, 1000, size});
    axes.push_back(axis);
    starts.push_back(start);
    ends.push_back(end);
    if (c.chance(3)) removed.push_back(axis);
  }
  if (axes.empty()) return false;
  TracedGraph::Slots slots = {{"Input", {*x}}};
  Attributes attributes = {{"axes", axes}, {"decrease_axis", removed}};
  say_positions(w, "starts", "StartsTensor", "StartsTensorList", starts, slots, attributes);
  say_positions(w, "ends", "EndsTensor", "EndsTensorList", ends, slots, attributes);
  return w.add("slice", slots, attributes);
}

// The same elements in another shape.
Shape other_shape(Growth& w, ValueId x) {
  Choices& c = w.c;
  const Shape& from = w.g.shape(x);
  std::int64_t left = w.g[x].value.size();
  switch (c.below(5)) {
    case 0:
      return {left};
    case 1: {  // two neighbours joined
      if (from.size() < 2) return from;
      Shape to = from;
      const std::size_t at = c.below(from.size() - 1);
      to[at] *= to[at + 1];
      to.erase(to.begin() + static_cast<std::ptrdiff_t>(at) + 1);
      return to;
    }
    case 2: {  // a dimension of 1
      Shape to = from;
      if (to.size() < 6)
        to.insert(to.begin() + static_cast<std::ptrdiff_t>(c.below(from.size() + 1)), 1);
      return to;
    }
    case 3: {  // anew, by small factors
      Shape to;
      for (std::int64_t factor : {2, 3, 2, 5}) {
        if (left % factor != 0) continue;
        to.push_back(factor);
        left /= factor;
      }
      to.push_back(left);
      return to;
    }
    default:
      if (left == 1) return {};
      return {1, left, 1, 1};
  }
}

bool reshape2(Growth& w) {
  Choices& c = w.c;
  const auto x = w.pick([](ValueId) { return true; });
  if (!x) return false;
  Integers wanted = other_shape(w, *x);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bool same = i < w.g.shape(*x).size() && w.g.shape(*x)[i] == wanted[i];
    if (same && c.coin()) wanted[i] = 0;
  }
  if (!wanted.empty() && c.coin()) wanted[c.below(wanted.size())] = -1;
  TracedGraph::Slots slots = {{"X", {*x}}};
  const std::size_t way = wanted.empty() ? 0 : c.below(5);
  if (way == 1) slots.push_back({"Shape", {w.sizes(wanted)}});
  if (way == 2) slots.push_back({"ShapeTensor", w.sizes_one_by_one(wanted)});
  return w.add("reshape2", slots, {{"shape", wanted}});
}

// The others, and one for every function of one or of two operands.
template <std::size_t... unary_function, std::size_t... binary_function>
std::vector<Maker> all_makers(std::index_sequence<unary_function...>,
                              std::index_sequence<binary_function...>) {
  return {{"cast", cast},
          {"concat", concat},
          {"reshape2", reshape2},
          {"scale", scale},
          {"shape", shape},
          {"slice", slice},
          {kUnaryNames[unary_function].paddle, unary<unary_function>}...,
          {kBinaryNames[binary_function].paddle, binary<binary_function>}...};
}

}  // namespace

std::span<const Maker> tensor_makers() {
  static const std::vector<Maker> makers = [] {
    std::vector<Maker> all = all_makers(std::make_index_sequence<std::size(kUnaryNames)>(),
                                        std::make_index_sequence<std::size(kBinaryNames)>());
    all.insert(all.end(), movement_makers().begin(), movement_makers().end());
    all.insert(all.end(), scatter_makers().begin(), scatter_makers().end());
    for (const Maker& maker : elementwise_makers()) all.push_back(maker);
    return all;
  }();
  return makers;
}

}  // namespace u2net::fuzz
