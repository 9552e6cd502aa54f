// SPDX-License-Identifier: Apache-2.0
// Operators on images, with attributes at their edges as often as with usual ones.
#include <algorithm>
#include <cmath>
#include <string>

#include "tests/fuzz/growth.h"

namespace u2net::fuzz {
namespace {

std::string padding_word(Choices& c) {
  return c.one_of<const char*>({"EXPLICIT", "EXPLICIT", "EXPLICIT", "SAME", "VALID"});
}

// Of a window that small, to 2 or 4 sides.
Integers paddings(Choices& c, std::int64_t kh, std::int64_t kw) {
  if (c.chance(10)) return {kh / 2, kw / 2};
  if (c.coin()) return {c.between(0, kh + 1), c.between(0, kw + 1)};
  return {c.between(0, kh), c.between(0, kh), c.between(0, kw), c.between(0, kw)};
}

bool add_conv(Growth& w, const char* type, bool depthwise) {
  Choices& c = w.c;
  const std::optional<ValueId> x = w.pick_image();
  if (!x || !w.has_usual_channels(*x)) return false;
  const std::int64_t ic = w.g.shape(*x)[1];
  std::int64_t groups = depthwise ? ic : 1;
  if (c.chance(3)) groups = c.one_of<std::int64_t>({2, ic, 3, 4});
  if (groups < 1 || ic % groups != 0) groups = 1;
  const std::int64_t oc =
      groups *
      (depthwise && c.chance(12) ? 1 : c.one_of<std::int64_t>({1, 2, 3, 8, 16, 4, 17, 33, 32}));
  const std::int64_t kh = c.one_of<std::int64_t>({3, 3, 3, 1, 2, 5, 7});
  const std::int64_t kw = c.chance(13) ? kh : c.one_of<std::int64_t>({3, 1, 2, 4});
  const auto step = [&] { return c.chance(11) ? std::int64_t{1} : c.between(1, 4); };
  const Attributes attributes = {{"strides", Integers{step(), step()}},
                                 {"paddings", paddings(c, kh, kw)},
                                 {"dilations", Integers{step(), step()}},
                                 {"groups", groups},
                                 {"padding_algorithm", padding_word(c)}};
  const ValueId filter = w.weight({oc, ic / groups, kh, kw});
  TracedGraph::Slots slots = {{"Input", {*x}}, {"Filter", {filter}}};
  if (c.chance(4)) slots.push_back({"Bias", {w.weight({oc})}});
  if (!w.add(type, slots, attributes)) return false;
  if (!c.chance(3)) return true;
  // The same with a residual of its shape, where there is one.
  const std::optional<ValueId> residual = w.pick_like(w.last);
  if (residual) slots.push_back({"ResidualData", {*residual}});
  if (residual) w.add(type, slots, attributes);
  return true;
}

bool conv2d(Growth& w) { return add_conv(w, "conv2d", false); }
bool depthwise_conv2d(Growth& w) { return add_conv(w, "depthwise_conv2d", true); }

bool pool2d(Growth& w) {
  Choices& c = w.c;
  const std::optional<ValueId> x = w.pick_image();
  if (!x) return false;
  const bool is_max = c.coin();
  const bool adaptive = !is_max && c.chance(4);
  const std::int64_t kh = c.one_of<std::int64_t>({2, 3, 1, 5, 9}), kw = c.chance(13) ? kh : 2;
  const auto step = [&] { return c.chance(9) ? std::int64_t{2} : c.between(1, 5); };
  TracedGraph::Slots slots = {{"X", {*x}}};
  const std::size_t way = c.below(8);
  if (way == 1) slots.push_back({"SizeTensor", {w.sizes({kh, kw})}});
  if (way == 2) slots.push_back({"SizeTensorList", w.sizes_one_by_one({kh, kw})});
  return w.add("pool2d", slots,
               {{"pooling_type", std::string(is_max ? "max" : "avg")},
                {"ksize", Integers{kh, kw}},
                {"strides", Integers{step(), step()}},
                {"paddings", c.coin() ? Integers{0, 0} : paddings(c, kh, kw)},
                {"padding_algorithm", padding_word(c)},
                {"ceil_mode", c.coin()},
                {"exclusive", c.coin()},
                {"global_pooling", c.chance(2)},
                {"adaptive", adaptive}});
}

std::int64_t other_size(Choices& c, std::int64_t size) {
  const std::int64_t sizes[] = {2 * size,     size,     size + 1, (size + 1) / 2, 1,
                                2 * size - 1, 3 * size, 7,        2 * size + 1};
  return std::max<std::int64_t>(c.one_of(sizes), 1);
}

// One of the ways to say how large the result is.
void say_size(Growth& w, ValueId x, bool v2, TracedGraph::Slots& slots, Attributes& attributes) {
  Choices& c = w.c;
  const std::int64_t oh = other_size(c, w.g.shape(x)[2]),
                     ow = c.coin() ? other_size(c, w.g.shape(x)[3]) : 2 * w.g.shape(x)[3];
  const auto scale = [&] { return c.one_of({2.0F, 1.5F, 0.5F, 1.0F, 3.7F, 0.37F, 1.99F}); };
  const bool both = c.chance(2);  // whatever else is said
  const std::size_t way = c.below(5);
  if (way == 0 || both) attributes["out_h"] = oh, attributes["out_w"] = ow;
  if (way == 1 || both) {
    const double h = scale(), wide = scale();
    if (v2) {
      attributes["scale"] = std::vector<double>{h, wide};
    } else {
      attributes["scale"] = h;
    }
  }
  if (way == 2) slots.push_back({"OutSize", {w.sizes({oh, ow})}});
  if (way == 3) slots.push_back({"SizeTensor", w.sizes_one_by_one({oh, ow})});
  if (way == 4) {
    std::vector<float> scales = {scale()};
    if (v2 && c.coin()) scales.push_back(scale());
    slots.push_back({"Scale", {w.floats(scales)}});
  }
}

bool add_interp(Growth& w, const char* type, bool v2) {
  const std::optional<ValueId> x = w.pick_image();
  if (!x) return false;
  TracedGraph::Slots slots = {{"X", {*x}}};
  Attributes attributes = {{"align_corners", w.c.chance(5)},
                           {"align_mode", std::int64_t{w.c.chance(5) ? 1 : 0}}};
  say_size(w, *x, v2, slots, attributes);
  return w.add(type, slots, attributes);
}

bool bilinear_interp(Growth& w) { return add_interp(w, "bilinear_interp", false); }
bool bilinear_interp_v2(Growth& w) { return add_interp(w, "bilinear_interp_v2", true); }
bool nearest_interp(Growth& w) { return add_interp(w, "nearest_interp", false); }
bool nearest_interp_v2(Growth& w) { return add_interp(w, "nearest_interp_v2", true); }

bool batch_norm(Growth& w) {
  Choices& c = w.c;
  const auto x = w.pick([&](ValueId id) {
    return w.g.dtype(id) == DType::kFloat32 && w.g.shape(id).size() >= 2 && !w.g.is_constant(id);
  });
  if (!x || !w.has_usual_channels(*x)) return false;
  const std::int64_t channels = w.g.shape(*x)[1];
  Tensor variance = w.random_tensor(DType::kFloat32, {channels});
  for (float& v : variance.values<float>()) v = w.is_whole() ? 4.0F : std::fabs(v) + 0.05F;
  const ValueId scale = w.weight({channels}), bias = w.weight({channels}),
                mean = c.chance(3) ? bias : w.weight({channels});
  return w.add("batch_norm",
               {{"X", {*x}},
                {"Scale", {scale}},
                {"Bias", {bias}},
                {"Mean", {mean}},
                {"Variance", {w.g.constant(std::move(variance))}}},
               {{"epsilon", w.is_whole() ? 0.0 : c.one_of({1e-5, 0.0, 0.1})},
                {c.coin() ? "is_test" : "use_global_stats", true}});
}

}  // namespace

std::span<const Maker> image_makers() {
  static constexpr Maker kMakers[] = {{"batch_norm", batch_norm},
                                      {"bilinear_interp", bilinear_interp},
                                      {"bilinear_interp_v2", bilinear_interp_v2},
                                      {"conv2d", conv2d},
                                      {"depthwise_conv2d", depthwise_conv2d},
                                      {"nearest_interp", nearest_interp},
                                      {"nearest_interp_v2", nearest_interp_v2},
                                      {"pool2d", pool2d}};
  return kMakers;
}

}  // namespace u2net::fuzz
