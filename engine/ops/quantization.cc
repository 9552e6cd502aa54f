// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/quantization.h"

#include <cstring>
#include <limits>
#include <string>

#include "engine/base/text.h"
#include "engine/ops/axis.h"

namespace u2net::engine {
namespace {

enum class Step : std::uint8_t { kQuantize, kDequantize, kBoth };

constexpr SlotInfo kOfZero[] = {{"X"}, {"Scale"}, {.name = "ZeroPoint", .required = false}};
constexpr SlotInfo kOfScale[] = {{"X"}, {"Scale"}};
constexpr SlotInfo kOfScales[] = {{"X"}, {.name = "Scales", .list = true}};
constexpr SlotInfo kOfNone[] = {{"X"}};
constexpr SlotInfo kOneOutput[] = {{"Out"}};
constexpr SlotInfo kOwnOutputs[] = {{"Out"}, {"OutScale"}};

// In the order of QuantizationKind.
struct Row {
  OpType type;
  Step step;
  bool owns_scale = false;
};
constexpr Row kRows[kQuantizationKinds] = {
    {{"quantize_linear", kOfZero, kOneOutput}, Step::kQuantize},
    {{"dequantize_linear", kOfZero, kOneOutput}, Step::kDequantize},
    {{"fake_dequantize_max_abs", kOfScale, kOneOutput}, Step::kDequantize},
    {{"fake_channel_wise_dequantize_max_abs", kOfScales, kOneOutput}, Step::kDequantize},
    {{"fake_quantize_range_abs_max", kOfScale, kOneOutput}, Step::kQuantize},
    {{"fake_quantize_moving_average_abs_max", kOfScale, kOneOutput}, Step::kQuantize},
    {{"fake_quantize_dequantize_moving_average_abs_max", kOfScale, kOneOutput}, Step::kBoth},
    {{"fake_quantize_abs_max", kOfNone, kOwnOutputs}, Step::kQuantize, true},
    {{"fake_channel_wise_quantize_abs_max", kOfNone, kOwnOutputs}, Step::kQuantize, true},
    {{"fake_quantize_dequantize_abs_max", kOfNone, kOwnOutputs}, Step::kBoth, true},
    {{"fake_channel_wise_quantize_dequantize_abs_max", kOfNone, kOwnOutputs}, Step::kBoth, true},
};

const Row& row_of(QuantizationKind kind) { return kRows[static_cast<std::size_t>(kind)]; }

// What an integer type has, from the lowest to the highest.
void hold_in(DType dtype, kernels::QuantizeParams& p) {
  visit_dtype(dtype, [&]<class T>(T) {
    p.low = static_cast<float>(std::numeric_limits<T>::lowest());
    p.high = static_cast<float>(std::numeric_limits<T>::max());
  });
}

}  // namespace

const OpType& quantization_type(QuantizationKind kind) { return row_of(kind).type; }

Quantization::Quantization(QuantizationKind kind, const QuantizationOptions& options)
    : Operator(quantization_type(kind)), kind_(kind), options_(options) {}

kernels::QuantizeParams Quantization::params(const Shape& x) const {
  const auto steps = static_cast<float>(options_.steps);
  kernels::QuantizeParams p{.shape = {1, 1, element_count(x)},
                            .steps = steps,
                            .low = -steps - 1,
                            .high = steps,
                            .to_even = options_.to_even};
  if (options_.axis >= 0) p.shape = axis_shape(x, options_.axis);
  if (options_.is_onnx) {
    p.steps = 1;
    p.divides = true;
    if (options_.to) hold_in(*options_.to, p);
  }
  return p;
}

// One for all, or one for each position of the axis, for which the first counts.
void Quantization::check_scales(const Inference& in) const {
  const std::int64_t wanted = params(in.input(kX).shape).shape.size;
  const auto check = [&](int slot, int index, std::int64_t count) {
    const Shape& shape = in.input(slot, index).shape;
    if (element_count(shape) == count) return;
    in.fail(type().inputs[static_cast<std::size_t>(slot)].name, " ", shape, " for X ",
            in.input(kX).shape, ": ", count, " elements were expected");
  };
  const int scales = in.count(kScale);
  if (scales > 2) in.fail(scales, " scales");
  for (int i = 0; i < scales; ++i) {
    if (in.input(kScale, i).dtype != DType::kFloat32)
      in.fail_unsupported("a scale of ", dtype_name(in.input(kScale, i).dtype));
    check(kScale, i, i == 0 ? wanted : 1);
  }
  if (options_.is_onnx && in.has(kZero)) check(kZero, 0, wanted);
}

void Quantization::infer(Inference& in) const {
  const TensorType& x = in.input(kX);
  const Row& row = row_of(kind_);
  if (options_.observes) return in.set_output(kOut, x);
  if (row.step == Step::kDequantize) {
    in.require_dtype(kX, {DType::kFloat32, DType::kInt8, DType::kUInt8, DType::kInt16,
                          DType::kInt32, DType::kInt64});
  } else {
    in.require_dtype(kX, {DType::kFloat32});
  }
  if (options_.axis >= 0) check_axis(in, options_.axis);
  if (!row.owns_scale) check_scales(in);
  if (row.owns_scale && !in.has_output(kOutScale)) in.fail("OutScale is missing");
  in.set_output(kOut, {options_.to.value_or(DType::kFloat32), x.shape});
  if (row.owns_scale) in.set_output(kOutScale, {DType::kFloat32, {params(x.shape).shape.size}});
}

void Quantization::run_reference(const Operands& o) const {
  const TensorView &x = o.input(kX), &dst = o.output();
  const Row& row = row_of(kind_);
  if (options_.observes) {
    if (x.data != dst.data && x.size() > 0)
      std::memcpy(dst.data, x.data, byte_count(x.dtype, x.shape));
    return;
  }
  const kernels::QuantizeParams p = params(x.shape);
  const float* scale =
      row.owns_scale ? o.output(kOutScale).as<const float>() : o.input(kScale).as<const float>();
  const float* second =
      !row.owns_scale && o.all(kScale).size() > 1 ? o.input(kScale, 1).as<const float>() : nullptr;
  const bool has_zero = options_.is_onnx && o.has(kZero);
  const auto zero = [&](std::int64_t c) {
    return has_zero ? static_cast<float>(integer_at(o.input(kZero), c)) : 0.0F;
  };
  if (row.owns_scale)
    kernels::absolute_maxima_reference(p.shape, x.as<const float>(),
                                       o.output(kOutScale).as<float>());
  if (row.step != Step::kDequantize) {
    visit_dtype(dst.dtype, [&]<class T>(T) {
      kernels::quantize_reference(p, scale, zero, x.as<const float>(), dst.as<T>(), *o.pool);
    });
  }
  if (row.step == Step::kQuantize) return;
  const TensorView& from = row.step == Step::kBoth ? dst : x;
  visit_dtype(from.dtype, [&]<class T>(T) {
    kernels::dequantize_reference(p, scale, second, zero, from.as<const T>(), dst.as<float>(),
                                  *o.pool);
  });
}

double Quantization::work(const Graph& graph, const Node& node) const {
  return 4 * Operator::work(graph, node);  // a division, and a rounding
}

// Scales are weights; an own one is of all images, but of those of another axis not even that.
bool Quantization::keeps_images_apart(const Graph&, const Node& node,
                                      const std::vector<ImageRole>& roles) const {
  return !row_of(kind_).owns_scale && options_.axis != 0 && only_images_in(node, roles, {kX});
}

Description Quantization::describe() const {
  return {{"quant_axis", options_.axis},
          {"bit_length", options_.bits},
          {"round_type", options_.to_even ? "0" : "1"}};
}

}  // namespace u2net::engine
