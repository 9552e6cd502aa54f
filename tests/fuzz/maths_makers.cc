// SPDX-License-Identifier: Apache-2.0
// Products of matrices, what works along dimensions, normalisation, and what enlarges images.
#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "loader/function_names.h"
#include "tests/fuzz/growth.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

std::optional<ValueId> pick_floats(Growth& w) {
  return w.pick_of({DType::kFloat32, DType::kFloat64});
}

std::optional<ValueId> pick_numbers(Growth& w) {
  return w.pick_of({DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
}

// Any axis of x, from either end; now and then one that it does not have.
std::int64_t some_axis(Growth& w, ValueId x) {
  const auto rank = static_cast<std::int64_t>(w.g.shape(x).size());
  return w.c.between(-rank, std::max<std::int64_t>(rank - 1, 0));
}

template <bool largest>
bool arg_extreme(Growth& w) {
  const auto x = pick_numbers(w);
  return x && w.add(largest ? "arg_max" : "arg_min", {{"X", {*x}}},
                    {{"axis", some_axis(w, *x)},
                     {"flatten", w.c.chance(3)},
                     {"keepdims", w.c.coin()},
                     {"dtype", std::int64_t{w.c.coin() ? 2 : 3}}});
}

template <bool logarithm>
bool softmax(Growth& w) {
  const auto x = pick_floats(w);
  return x &&
         w.add(logarithm ? "log_softmax" : "softmax", {{"X", {*x}}}, {{"axis", some_axis(w, *x)}});
}

bool cumsum(Growth& w) {
  const auto x = pick_numbers(w);
  return x && w.add("cumsum", {{"X", {*x}}},
                    {{"axis", some_axis(w, *x)},
                     {"flatten", w.c.chance(3)},
                     {"exclusive", w.c.coin()},
                     {"reverse", w.c.coin()}});
}

bool cumprod(Growth& w) {
  const auto x = pick_numbers(w);
  return x && !w.g.shape(*x).empty() &&
         w.add("cumprod", {{"X", {*x}}}, {{"dim", some_axis(w, *x)}});
}

bool dot(Growth& w) {
  const auto x = w.pick([&](ValueId id) {
    const std::size_t rank = w.g.shape(id).size();
    return (rank == 1 || rank == 2) && w.g.dtype(id) != DType::kBool;
  });
  return x && w.add("dot", {{"X", {*x}}, {"Y", {w.pick_like(*x).value_or(*x)}}});
}

bool addmm(Growth& w) {
  const auto matrix = w.pick([&](ValueId id) {
    return w.g.shape(id).size() == 2 && w.g.dtype(id) == DType::kFloat32 &&
           w.g[id].value.size() > 0;
  });
  const ValueId x =
      matrix ? *matrix : w.g.constant(w.random_tensor(DType::kFloat32, {w.c.between(1, 5), 3}));
  const std::int64_t rows = w.g.shape(x)[0], columns = w.c.between(1, 5);
  const ValueId y = w.g.constant(w.random_tensor(DType::kFloat32, {w.g.shape(x)[1], columns}));
  const Shape added{w.c.coin() ? 1 : rows, w.c.coin() ? 1 : columns};
  return w.add(
      "addmm",
      {{"Input", {w.g.constant(w.random_tensor(DType::kFloat32, added))}}, {"X", {x}}, {"Y", {y}}},
      {{"Alpha", w.c.one_of({1.0, -0.5})}, {"Beta", w.c.one_of({1.0, 2.0})}});
}

bool p_norm(Growth& w) {
  const auto x = pick_floats(w);
  return x && w.add("p_norm", {{"X", {*x}}},
                    {{"axis", some_axis(w, *x)},
                     {"porder", w.c.one_of({2.0, 1.0, 0.0, 3.0, 0.5})},
                     {"keepdim", w.c.coin()},
                     {"asvector", w.c.chance(3)}});
}

bool norm(Growth& w) {
  const auto x = pick_floats(w);
  return x && w.add("norm", {{"X", {*x}}}, {{"axis", some_axis(w, *x)}, {"epsilon", 1e-10}});
}

bool argsort(Growth& w) {
  const auto x = pick_numbers(w);
  return x &&
         w.add("argsort", {{"X", {*x}}}, {{"axis", some_axis(w, *x)}, {"descending", w.c.coin()}});
}

bool top_k(Growth& w) {
  const auto x = pick_numbers(w);
  if (!x) return false;
  const std::int64_t axis = some_axis(w, *x), k = w.c.between(1, 4);
  TracedGraph::Slots slots = {{"X", {*x}}};
  if (w.c.chance(4)) slots.push_back({"K", {w.sizes({k})}});
  return w.add("top_k_v2", slots, {{"axis", axis}, {"k", k}, {"largest", w.c.coin()}});
}

template <std::size_t function>
bool reduce(Growth& w) {
  const auto& name = kReduceNames[function];
  const kernels::ReduceFunction& row = kernels::row_of(name.kind);
  auto x = row.takes_integers ? pick_numbers(w) : pick_floats(w);
  if (!x || (row.takes_bools && w.c.chance(4))) {  // of truths
    const auto any = pick_numbers(w);
    if (any) {
      x = w.g.op("cast", {{"X", {*any}}},
                 {{"in_dtype", static_cast<std::int64_t>(w.g.dtype(*any))},
                  {"out_dtype", std::int64_t{0}}});
    }
  }
  if (!x) return false;
  Integers axes;
  for (std::size_t left = w.c.below(4); left > 0; --left) axes.push_back(some_axis(w, *x));
  return w.add(name.paddle, {{"X", {*x}}},
               {{"dim", axes}, {"keep_dim", w.c.coin()}, {"reduce_all", w.c.chance(3)}});
}

bool logsumexp(Growth& w) {
  const auto x = pick_floats(w);
  return x && w.add("logsumexp", {{"X", {*x}}},
                    {{"axis", Integers{some_axis(w, *x)}}, {"keepdim", w.c.coin()}});
}

// A second operand with as many rows as x has columns, so or transposed.
ValueId matrix_for(Growth& w, ValueId x, std::int64_t columns, bool transposed) {
  const std::int64_t n = w.c.one_of<std::int64_t>({1, 3, 8, 17});
  Shape shape = transposed ? Shape{n, columns} : Shape{columns, n};
  if (w.g.shape(x).size() > 2 && w.c.chance(4)) shape.insert(shape.begin(), 1);
  if (w.c.chance(2)) shape = {columns};
  return w.weight(shape);
}

bool add_matmul(Growth& w, bool legacy) {
  Choices& c = w.c;
  const auto x = w.pick([&](ValueId id) {
    const Shape& shape = w.g.shape(id);
    return w.g.dtype(id) == DType::kFloat32 && !shape.empty() && element_count(shape) > 0 &&
           shape.back() <= 64 && (shape.size() < 2 || shape[shape.size() - 2] <= 64);
  });
  if (!x) return false;
  const Shape& shape = w.g.shape(*x);
  const bool transpose_x = shape.size() > 1 && c.chance(5);
  bool transpose_y = c.coin();
  const std::int64_t columns = transpose_x ? shape[shape.size() - 2] : shape.back();
  ValueId y = *x;
  if (c.chance(5)) {  // times itself, or another of its shape
    if (const auto like = w.pick_like(*x)) y = *like;
    transpose_y = !transpose_x;
  } else {
    y = matrix_for(w, *x, columns, transpose_y);
  }
  if (legacy) {
    return w.add("matmul", {{"X", {*x}}, {"Y", {y}}},
                 {{"transpose_X", transpose_x},
                  {"transpose_Y", transpose_y},
                  {"alpha", c.one_of({1.0, -0.5, 0.125})}});
  }
  return w.add("matmul_v2", {{"X", {*x}}, {"Y", {y}}},
               {{"trans_x", transpose_x}, {"trans_y", transpose_y}});
}

// Letters of x and of a weight, in any order; the result has some of them.
bool einsum(Growth& w) {
  Choices& c = w.c;
  const auto x = w.pick([&](ValueId id) {
    const Shape& shape = w.g.shape(id);
    return w.g.dtype(id) == DType::kFloat32 && shape.size() <= 4 && element_count(shape) > 0;
  });
  if (!x) return false;
  std::string left, right, result;
  Shape y;
  const auto share = [&](char letter, std::int64_t size) {
    right += letter;
    y.push_back(size);
  };
  for (std::int64_t size : w.g.shape(*x)) {
    const char letter = static_cast<char>('a' + left.size());
    left += letter;
    if (size <= 16 && c.coin()) share(letter, size);
    if (c.chance(10)) result += letter;
  }
  if (c.coin()) {
    share('n', c.one_of<std::int64_t>({1, 3, 8, 17}));
    if (c.chance(12)) result += 'n';
  }
  const auto turn = [&](auto& list, std::size_t by) {
    std::rotate(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(by), list.end());
  };
  turn(result, c.below(result.size()));
  const std::size_t by = c.below(right.size());
  turn(right, by);
  turn(y, by);
  if (element_count(y) > 4096) return false;
  std::vector<ValueId> operands = {*x};
  if (!right.empty()) operands.push_back(w.weight(y));
  return w.add("einsum", {{"Operands", operands}},
               {{"equation", left + (right.empty() ? "" : "," + right) + "->" + result}});
}

bool matmul_v2(Growth& w) { return add_matmul(w, false); }
bool matmul(Growth& w) { return add_matmul(w, true); }

bool mul(Growth& w) {
  const auto x = w.pick([&](ValueId id) {
    const Shape& shape = w.g.shape(id);
    return w.g.dtype(id) == DType::kFloat32 && shape.size() > 1 && element_count(shape) > 0 &&
           element_count(shape) <= 4096;
  });
  if (!x) return false;
  const Shape& shape = w.g.shape(*x);
  const std::int64_t cut = w.c.between(1, static_cast<std::int64_t>(shape.size()) - 1);
  const std::int64_t columns =
      element_count(std::span(shape).subspan(static_cast<std::size_t>(cut)));
  const ValueId y = w.weight({columns, w.c.one_of<std::int64_t>({1, 3, 8})});
  return w.add("mul", {{"X", {*x}}, {"Y", {y}}},
               {{"x_num_col_dims", cut}, {"y_num_col_dims", std::int64_t{1}}});
}

// With a scale and a bias, one of them, or none.
void add_parameters(Growth& w, std::int64_t channels, TracedGraph::Slots& slots) {
  if (w.c.chance(12)) slots.push_back({"Scale", {w.weight({channels})}});
  if (w.c.chance(12)) slots.push_back({"Bias", {w.weight({channels})}});
}

bool layer_norm(Growth& w) {
  const auto x = w.pick([&](ValueId id) {
    return w.g.dtype(id) == DType::kFloat32 && w.g.shape(id).size() > 1 &&
           element_count(w.g.shape(id)) > 0;
  });
  if (!x) return false;
  const Shape& shape = w.g.shape(*x);
  const std::int64_t begin = w.c.between(1, static_cast<std::int64_t>(shape.size()) - 1);
  TracedGraph::Slots slots = {{"X", {*x}}};
  add_parameters(w, element_count(std::span(shape).subspan(static_cast<std::size_t>(begin))),
                 slots);
  return w.add("layer_norm", slots, {{"begin_norm_axis", begin}, {"epsilon", 1e-5}});
}

template <bool group>
bool channel_norm(Growth& w) {
  const auto x = w.pick_image();
  if (!x || !w.has_usual_channels(*x)) return false;
  const std::int64_t channels = w.g.shape(*x)[1];
  TracedGraph::Slots slots = {{"X", {*x}}};
  add_parameters(w, channels, slots);
  Attributes attributes = {{"epsilon", w.c.one_of({1e-5, 0.1})}};
  if (group) attributes["groups"] = w.c.one_of<std::int64_t>({1, 2, channels, 4});
  return w.add(group ? "group_norm" : "instance_norm", slots, attributes);
}

template <bool depthwise>
bool conv2d_transpose(Growth& w) {
  Choices& c = w.c;
  const auto x = w.pick_image();
  if (!x || !w.has_usual_channels(*x)) return false;
  const Shape& shape = w.g.shape(*x);
  const std::int64_t groups = depthwise || c.chance(3) ? shape[1] : 1;
  const std::int64_t kh = c.between(1, 4), kw = c.between(1, 4), sh = c.between(1, 3),
                     sw = c.between(1, 3), pad = c.between(0, 1), dilation = c.chance(3) ? 2 : 1;
  Attributes attributes = {
      {"strides", Integers{sh, sw}},
      {"paddings", Integers{pad, pad}},
      {"dilations", Integers{dilation, dilation}},
      {"groups", groups},
      {"padding_algorithm", std::string(c.one_of({"EXPLICIT", "EXPLICIT", "SAME", "VALID"}))}};
  if (c.chance(4)) attributes["output_padding"] = Integers{sh - 1, sw - 1};
  if (c.chance(4)) {
    const auto size = [&](std::int64_t in, std::int64_t kernel, std::int64_t stride) {
      return (in - 1) * stride - 2 * pad + dilation * (kernel - 1) + 1 + c.between(0, stride - 1);
    };
    attributes["output_size"] = Integers{size(shape[2], kh, sh), size(shape[3], kw, sw)};
  }
  const ValueId filter = w.weight({shape[1], c.one_of<std::int64_t>({1, 2, 8}), kh, kw});
  return w.add(depthwise ? "depthwise_conv2d_transpose" : "conv2d_transpose",
               {{"Input", {*x}}, {"Filter", {filter}}}, attributes);
}

bool indexed_pool(Growth& w) {
  Choices& c = w.c;
  const auto x = w.pick_image();
  if (!x) return false;
  const std::int64_t k = c.between(1, 3);
  return w.add("max_pool2d_with_index", {{"X", {*x}}},
               {{"ksize", Integers{k, c.between(1, 3)}},
                {"strides", Integers{c.between(1, 3), c.between(1, 3)}},
                {"paddings", Integers{k / 2, 0}},
                {"global_pooling", c.chance(2)},
                {"adaptive", c.chance(5)}});
}

bool unpool(Growth& w) {
  const auto x = w.pick_image();
  if (!x || element_count(w.g.shape(*x)) == 0) return false;
  const ValueId indices = w.g.constant(w.random_tensor(DType::kInt32, w.g.shape(*x)));
  return w.add("unpool", {{"X", {*x}}, {"Indices", {indices}}},
               {{"ksize", Integers{2, 2}}, {"strides", Integers{2, 2}}});
}

bool grid_sampler(Growth& w) {
  Choices& c = w.c;
  const auto x = w.pick_image();
  if (!x || w.g.shape(*x)[0] == 0) return false;  // no file holds a grid without elements
  const ValueId grid = w.weight({w.g.shape(*x)[0], c.between(1, 5), c.between(1, 5), 2});
  return w.add("grid_sampler", {{"X", {*x}}, {"Grid", {grid}}},
               {{"mode", std::string(c.coin() ? "bilinear" : "nearest")},
                {"padding_mode", std::string(c.one_of({"zeros", "border", "reflection"}))},
                {"align_corners", c.coin()}});
}

template <bool cubic>
bool interp(Growth& w) {
  Choices& c = w.c;
  const std::size_t rank = cubic ? 4 : 3;
  const auto x = w.pick(
      [&](ValueId id) { return w.g.dtype(id) == DType::kFloat32 && w.g.shape(id).size() == rank; });
  std::optional<ValueId> from = x;
  if (!from && !cubic) {  // the rows of an image
    const auto image = w.pick_image();
    if (image) from = w.g.op("reduce_mean", {{"X", {*image}}}, {{"dim", Integers{2}}});
  }
  if (!from) return false;
  Attributes attributes = {{"align_corners", c.coin()},
                           {"align_mode", std::int64_t{c.coin() ? 1 : 0}},
                           {"out_h", c.between(1, 12)},
                           {"out_w", c.between(1, 12)}};
  TracedGraph::Slots slots = {{"X", {*from}}};
  const std::size_t source = c.below(3);
  if (source == 1) attributes["scale"] = std::vector<double>(cubic ? 2 : 1, 1.5);
  if (source == 2) slots.push_back({"OutSize", {w.sizes(Integers(cubic ? 2 : 1, 5))}});
  return w.add(cubic ? "bicubic_interp_v2" : "linear_interp_v2", slots, attributes);
}

template <std::size_t... function>
std::vector<Maker> all_maths_makers(std::index_sequence<function...>) {
  return {{"addmm", addmm},
          {"arg_max", arg_extreme<true>},
          {"arg_min", arg_extreme<false>},
          {"argsort", argsort},
          {"bicubic_interp_v2", interp<true>},
          {"conv2d_transpose", conv2d_transpose<false>},
          {"cumprod", cumprod},
          {"cumsum", cumsum},
          {"depthwise_conv2d_transpose", conv2d_transpose<true>},
          {"dot", dot},
          {"einsum", einsum},
          {"grid_sampler", grid_sampler},
          {"group_norm", channel_norm<true>},
          {"instance_norm", channel_norm<false>},
          {"layer_norm", layer_norm},
          {"linear_interp_v2", interp<false>},
          {"log_softmax", softmax<true>},
          {"logsumexp", logsumexp},
          {"matmul", matmul},
          {"matmul_v2", matmul_v2},
          {"max_pool2d_with_index", indexed_pool},
          {"mul", mul},
          {"norm", norm},
          {"p_norm", p_norm},
          {"softmax", softmax<false>},
          {"top_k_v2", top_k},
          {"unpool", unpool},
          {kReduceNames[function].paddle, reduce<function>}...};
}

}  // namespace

std::span<const Maker> maths_makers() {
  static const std::vector<Maker> makers = [] {
    std::vector<Maker> all = all_maths_makers(std::make_index_sequence<std::size(kReduceNames)>());
    const std::span<const Maker> quantization = quantization_makers();
    all.insert(all.begin(), quantization.begin(), quantization.end());
    return all;
  }();
  return makers;
}

}  // namespace u2net::fuzz
