// SPDX-License-Identifier: Apache-2.0
// What passes look for: joins of joins, resizing and maxima around convolutions, biases, batch
// norms and residuals behind them.
#include <string>

#include "tests/fuzz/growth.h"

namespace u2net::fuzz {
namespace {

// conv2d 3x3 that keeps the size.
bool conv_of(Growth& w, ValueId x, std::int64_t oc) {
  if (w.g.shape(x).size() != 4 || !w.has_usual_channels(x)) return false;
  const ValueId filter = w.weight({oc, w.g.shape(x)[1], 3, 3});
  return w.add("conv2d", {{"Input", {x}}, {"Filter", {filter}}}, {{"paddings", Integers{1, 1}}});
}

std::int64_t channels(Choices& c) { return c.one_of<std::int64_t>({4, 8, 1, 16, 3, 17, 2}); }

// concat(x, x, ...) joined with itself, and so on, before a convolution.
bool nested_concats(Growth& w) {
  Choices& c = w.c;
  std::optional<ValueId> x = w.pick_image();
  if (!x) return false;
  if (w.g.shape(*x)[1] > 4) {  // few channels: the sum of all counts
    const bool added =
        w.add("slice", {{"Input", {*x}}},
              {{"axes", Integers{1}}, {"starts", Integers{0}}, {"ends", Integers{2}}});
    if (!added) return false;
    x = w.last;
  }
  ValueId joined = *x;
  for (int level = c.chance(12) ? 2 : 3; level-- > 0;) {
    std::vector<ValueId> parts(2 + c.below(7), joined);
    if (c.chance(4)) parts[c.below(parts.size())] = *x;
    if (!w.add("concat", {{"X", parts}}, {{"axis", std::int64_t{1}}})) break;
    joined = w.last;
  }
  return conv_of(w, joined, channels(c));
}

bool doubled(Growth& w, ValueId x) {
  TracedGraph::Slots slots = {{"X", {x}}};
  Attributes attributes = {{"align_corners", false}, {"align_mode", std::int64_t{0}}};
  const Shape& shape = w.g.shape(x);
  if (w.c.coin()) {
    slots.push_back({"OutSize", {w.sizes({2 * shape[2], 2 * shape[3]})}});
  } else {
    attributes["scale"] = std::vector<double>{2, 2};
  }
  return w.add("bilinear_interp_v2", slots, attributes);
}

bool upsampled_conv(Growth& w) {
  Choices& c = w.c;
  const std::optional<ValueId> x = w.pick_image();
  if (!x || !doubled(w, *x)) return false;
  const ValueId up = w.last;
  const auto beside = w.pick([&](ValueId id) {
    const Shape &a = w.g.shape(id), &b = w.g.shape(up);
    return w.g.dtype(id) == DType::kFloat32 && a.size() == 4 && a[0] == b[0] && a[2] == b[2] &&
           a[3] == b[3];
  });
  if (beside && c.chance(12)) {
    std::vector<ValueId> parts = {up, *beside};
    if (c.coin()) std::swap(parts[0], parts[1]);
    if (c.chance(4)) parts.push_back(up);
    if (!w.add("concat", {{"X", parts}}, {{"axis", std::int64_t{1}}})) return false;
  }
  return conv_of(w, w.last, channels(c));
}

bool pooled_conv(Growth& w) {
  Choices& c = w.c;
  const std::optional<ValueId> x = w.pick_image();
  if (!x || !conv_of(w, *x, channels(c))) return false;
  if (c.coin()) w.add("relu", {{"X", {w.last}}});
  return w.add("pool2d", {{"X", {w.last}}},
               {{"pooling_type", std::string("max")},
                {"ksize", Integers{2, 2}},
                {"strides", Integers{2, 2}},
                {"paddings", Integers{0, 0}},
                {"ceil_mode", c.coin()}});
}

// conv + bias, batch norm, ReLU and residual, each there or not, results used once or more.
bool conv_and_more(Growth& w) {
  Choices& c = w.c;
  const std::optional<ValueId> x = w.pick_image();
  if (!x) return false;
  const std::int64_t oc = c.coin() && w.has_usual_channels(*x) ? w.g.shape(*x)[1] : channels(c);
  if (!conv_of(w, *x, oc)) return false;
  const ValueId first = w.last;
  if (c.coin()) {
    const ValueId bias = c.coin() ? w.weight({oc}) : w.weight({1, oc, 1, 1});
    w.add("elementwise_add", {{"X", {first}}, {"Y", {bias}}}, {{"axis", std::int64_t{1}}});
  }
  if (c.coin()) {
    Tensor ones(DType::kFloat32, {oc});
    for (float& v : ones.values<float>()) v = 1;
    const ValueId scale = w.weight({oc}), bias = w.weight({oc}),
                  variance = w.g.constant(std::move(ones));
    w.add("batch_norm",
          {{"X", {w.last}},
           {"Scale", {scale}},
           {"Bias", {bias}},
           {"Mean", {w.weight({oc})}},
           {"Variance", {variance}}},
          {{"epsilon", 0.0}, {"is_test", true}});
  }
  if (c.coin()) w.add("relu", {{"X", {w.last}}});
  const std::optional<ValueId> residual = w.pick_like(w.last);
  if (residual && c.chance(11)) {
    ValueId a = w.last, b = *residual;
    if (c.coin()) std::swap(a, b);
    w.add("elementwise_add", {{"X", {a}}, {"Y", {b}}});
  }
  if (c.coin()) w.add("relu", {{"X", {w.last}}});
  return true;
}

}  // namespace

std::span<const Maker> motif_makers() {
  static constexpr Maker kMakers[] = {{"conv_and_more", conv_and_more},
                                      {"nested_concats", nested_concats},
                                      {"pooled_conv", pooled_conv},
                                      {"upsampled_conv", upsampled_conv}};
  return kMakers;
}

}  // namespace u2net::fuzz
