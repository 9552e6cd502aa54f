// SPDX-License-Identifier: Apache-2.0
// To the steps of a grid and back, one scale for all or one a channel.
#include <cmath>

#include "engine/ops/quantization.h"
#include "tests/fuzz/growth.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

std::optional<ValueId> pick_numbers_in(Growth& w, std::size_t least_rank) {
  return w.pick([&](ValueId id) {
    return w.g.dtype(id) == DType::kFloat32 && w.g.shape(id).size() >= least_rank;
  });
}

// Positive ones, as scales are; one at least, as no parameter is empty.
ValueId scales(Growth& w, std::int64_t count) {
  Tensor tensor = w.random_tensor(DType::kFloat32, {count});
  for (float& v : tensor.values<float>()) v = std::isfinite(v) ? std::fabs(v) + 0.125F : 1.0F;
  return w.g.constant(std::move(tensor));
}

Attributes rounding(Growth& w) {
  return {{"bit_length", w.c.one_of<std::int64_t>({8, 8, 4, 16})},
          {"round_type", std::int64_t{w.c.coin() ? 1 : 0}}};
}

template <bool quantizes>
bool linear(Growth& w) {
  const auto x = pick_numbers_in(w, 1);
  if (!x) return false;
  const std::int64_t axis =
      w.c.coin() ? -1 : w.c.between(0, static_cast<std::int64_t>(w.g.shape(*x).size()) - 1);
  Attributes attributes = rounding(w);
  attributes["quant_axis"] = axis;
  attributes["only_observer"] = w.c.chance(2);
  const std::int64_t count = axis < 0 ? 1 : w.g.shape(*x)[static_cast<std::size_t>(axis)];
  if (count == 0) return false;
  return w.add(quantizes ? "quantize_linear" : "dequantize_linear",
               {{"X", {*x}}, {"Scale", {scales(w, count)}}}, attributes);
}

template <QuantizationKind kind>
bool by_scale(Growth& w) {
  const auto x = pick_numbers_in(w, 0);
  return x && w.add(quantization_type(kind).name, {{"X", {*x}}, {"InScale", {scales(w, 1)}}},
                    rounding(w));
}

bool back(Growth& w) {
  const auto x = pick_numbers_in(w, 0);
  return x && w.add("fake_dequantize_max_abs", {{"X", {*x}}, {"Scale", {scales(w, 1)}}},
                    {{"max_range", w.c.one_of({127.0, 1000.5})}});
}

bool channels_back(Growth& w) {
  const auto x = pick_numbers_in(w, 2);
  if (!x) return false;
  const bool two = w.c.coin();
  const std::int64_t axis = w.c.between(0, 1);
  const std::int64_t count = w.g.shape(*x)[static_cast<std::size_t>(axis)];
  if (count == 0) return false;
  std::vector<ValueId> all = {scales(w, count)};
  if (two) all.push_back(scales(w, 1));
  return w.add("fake_channel_wise_dequantize_max_abs", {{"X", {*x}}, {"Scales", all}},
               {{"quant_bits", two ? Integers{8, 8} : Integers{8}},
                {"quant_axis", axis},
                {"x_num_col_dims", axis}});
}

template <QuantizationKind kind, bool channels>
bool by_own_scale(Growth& w) {
  const auto x = pick_numbers_in(w, 2);
  if (!x) return false;
  Attributes attributes = rounding(w);
  if (channels) attributes["quant_axis"] = w.c.between(0, 1);
  return w.add(quantization_type(kind).name, {{"X", {*x}}}, attributes);
}

using Kind = QuantizationKind;

}  // namespace

std::span<const Maker> quantization_makers() {
  static constexpr Maker kMakers[] = {
      {"dequantize_linear", linear<false>},
      {"fake_channel_wise_dequantize_max_abs", channels_back},
      {"fake_channel_wise_quantize_abs_max", by_own_scale<Kind::kFakeChannelQuantizeOwn, true>},
      {"fake_channel_wise_quantize_dequantize_abs_max",
       by_own_scale<Kind::kFakeChannelQuantizeDequantizeOwn, true>},
      {"fake_dequantize_max_abs", back},
      {"fake_quantize_abs_max", by_own_scale<Kind::kFakeQuantizeOwn, false>},
      {"fake_quantize_dequantize_abs_max", by_own_scale<Kind::kFakeQuantizeDequantizeOwn, false>},
      {"fake_quantize_dequantize_moving_average_abs_max", by_scale<Kind::kFakeQuantizeDequantize>},
      {"fake_quantize_moving_average_abs_max", by_scale<Kind::kFakeQuantizeAverage>},
      {"fake_quantize_range_abs_max", by_scale<Kind::kFakeQuantizeRange>},
      {"quantize_linear", linear<true>}};
  return kMakers;
}

}  // namespace u2net::fuzz
