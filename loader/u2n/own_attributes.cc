// SPDX-License-Identifier: Apache-2.0
#include "loader/u2n/own_attributes.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/text.h"
#include "engine/ops/gather.h"
#include "engine/ops/interp.h"
#include "engine/ops/pad.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/quantization.h"
#include "engine/ops/reduce.h"
#include "engine/ops/resample.h"
#include "engine/ops/reshape2.h"
#include "engine/ops/scatter.h"
#include "engine/ops/select_input.h"
#include "engine/ops/slice.h"
#include "engine/ops/split.h"
#include "engine/ops/strided_slice.h"

namespace u2net::engine {
namespace {

struct OwnAttributes {
  const OpType* type;
  Attributes (*encode)(const Operator&);
  std::shared_ptr<const Operator> (*decode)(const AttributeReader&, const OpType& type);
};

// A number of an enumeration whose last one is `last`.
template <class Enum>
Enum enumerated(const AttributeReader& attributes, const char* name, Enum last) {
  const std::int64_t number = attributes.integer(name, 0);
  if (number < 0 || number > static_cast<std::int64_t>(last))
    attributes.fail(name, "is ", number, ", expected 0 to ", static_cast<int>(last));
  return static_cast<Enum>(number);
}

template <class Enum>
std::int64_t number_of(Enum value) {
  return static_cast<std::int64_t>(value);
}

Attributes encode_interp(const Operator& op) {
  const InterpOptions& o = dynamic_cast<const Interp&>(op).options();
  Attributes all = {{"kind", number_of(o.kind)},
                    {"align_corners", o.align_corners},
                    {"align_mode", o.align_mode},
                    {"legacy", o.legacy},
                    {"out_h", o.out.h},
                    {"out_w", o.out.w},
                    {"lone_at_centre", o.lone_at_centre},
                    {"rounding", number_of(o.rounding)},
                    {"from_corner", o.from_corner},
                    {"lone_on_first", o.lone_on_first}};
  if (o.scale) all["scale"] = std::vector<double>{o.scale->h, o.scale->w};
  return all;
}

std::shared_ptr<const Operator> decode_interp(const AttributeReader& attributes,
                                              const OpType& type) {
  InterpOptions o{.kind = enumerated(attributes, "kind", kernels::InterpKind::kCubic),
                  .align_corners = attributes.boolean("align_corners", true),
                  .align_mode = attributes.boolean("align_mode", true),
                  .legacy = attributes.boolean("legacy", false),
                  .out = {attributes.integer("out_h", 0), attributes.integer("out_w", 0)},
                  .lone_at_centre = attributes.boolean("lone_at_centre", false),
                  .rounding = enumerated(attributes, "rounding", kernels::NearestRounding::kHalfUp),
                  .from_corner = attributes.boolean("from_corner", false),
                  .lone_on_first = attributes.boolean("lone_on_first", false)};
  if (attributes.has("scale")) {
    const std::vector<double> scale = attributes.reals("scale", {});
    if (scale.size() != 2 || !(scale[0] > 0) || !(scale[1] > 0))
      attributes.fail("scale", "is not two positive numbers");
    o.scale = {static_cast<float>(scale[0]), static_cast<float>(scale[1])};
  }
  auto interp = make_mutable_operator<Interp>(o);
  if (&interp->type() != &type || (o.legacy && o.kind != kernels::InterpKind::kBilinear &&
                                   o.kind != kernels::InterpKind::kNearest))
    attributes.fail("kind", "is that of another operator");
  return interp;
}

Attributes encode_scatter(const Operator& op) {
  const ScatterOptions& o = dynamic_cast<const Scatter&>(op).options();
  return {{"mode", number_of(o.mode)}, {"includes_self", o.includes_self}, {"axis", o.axis}};
}

std::shared_ptr<const Operator> decode_scatter(const AttributeReader& attributes,
                                               const OpType& type) {
  return make_operator<Scatter>(
      type, ScatterOptions{.mode = enumerated(attributes, "mode", kLastScatterMode),
                           .includes_self = attributes.boolean("includes_self", true),
                           .axis = attributes.integer("axis", 0)});
}

Attributes encode_strided_slice(const Operator& op) {
  const StridedSliceOptions& o = dynamic_cast<const StridedSlice&>(op).options();
  return {{"axes", o.axes},
          {"starts", o.starts},
          {"ends", o.ends},
          {"strides", o.strides},
          {"decrease_axis", o.decrease_axis},
          {"minus_one_is_open", o.minus_one_is_open}};
}

std::shared_ptr<const Operator> decode_strided_slice(const AttributeReader& attributes,
                                                     const OpType&) {
  StridedSliceOptions o{.axes = attributes.integers("axes", {}),
                        .starts = attributes.integers("starts", {}),
                        .ends = attributes.integers("ends", {}),
                        .strides = attributes.integers("strides", {}),
                        .decrease_axis = attributes.integers("decrease_axis", {}),
                        .minus_one_is_open = attributes.boolean("minus_one_is_open", false)};
  if (o.axes.empty()) attributes.fail("axes", "is missing or empty");
  return make_operator<StridedSlice>(std::move(o));
}

Attributes encode_slice(const Operator& op) {
  const SliceOptions& o = dynamic_cast<const Slice&>(op).options();
  return {{"axes", o.axes},
          {"starts", o.starts},
          {"ends", o.ends},
          {"decrease_axis", o.decrease_axis},
          {"infer_flags", o.infer_flags}};
}

std::shared_ptr<const Operator> decode_slice(const AttributeReader& attributes, const OpType&) {
  SliceOptions o{.axes = attributes.integers("axes", {}),
                 .starts = attributes.integers("starts", {}),
                 .ends = attributes.integers("ends", {}),
                 .decrease_axis = attributes.integers("decrease_axis", {}),
                 .infer_flags = attributes.integers("infer_flags", {})};
  if (o.axes.empty()) attributes.fail("axes", "is missing or empty");
  return make_operator<Slice>(std::move(o));
}

Attributes encode_pad(const Operator& op) {
  const PadOptions& o = dynamic_cast<const Pad&>(op).options();
  return {{"mode", number_of(o.mode)}, {"paddings", o.paddings}, {"value", o.value}};
}

std::shared_ptr<const Operator> decode_pad(const AttributeReader& attributes, const OpType&) {
  return make_operator<Pad>(
      PadOptions{.mode = enumerated(attributes, "mode", kernels::PadMode::kCircular),
                 .paddings = attributes.integers("paddings", {}),
                 .value = attributes.real("value", 0)});
}

Attributes encode_linear(const Operator& op) {
  const QuantizationOptions& o = dynamic_cast<const Quantization&>(op).options();
  Attributes all = {{"axis", o.axis},       {"bits", o.bits},         {"steps", o.steps},
                    {"to_even", o.to_even}, {"observes", o.observes}, {"is_onnx", o.is_onnx}};
  if (o.to) all["to"] = number_of(*o.to);
  return all;
}

template <QuantizationKind kind>
std::shared_ptr<const Operator> decode_linear(const AttributeReader& attributes, const OpType&) {
  QuantizationOptions o{.axis = attributes.integer("axis", -1),
                        .bits = attributes.integer("bits", 8),
                        .steps = attributes.real("steps", 127),
                        .to_even = attributes.boolean("to_even", false),
                        .observes = attributes.boolean("observes", false),
                        .is_onnx = attributes.boolean("is_onnx", false)};
  if (o.axis < -1 || o.axis >= kMaxRank) attributes.fail("axis", "is ", o.axis);
  if (o.bits < 2 || o.bits > 16) attributes.fail("bits", "is ", o.bits);
  if (!(o.steps > 0 && o.steps < 1e30)) attributes.fail("steps", "is no number of steps");
  if (attributes.has("to")) {
    const std::int64_t number = attributes.integer("to", 0);
    for (DType known : {DType::kInt8, DType::kUInt8, DType::kInt16, DType::kInt32}) {
      if (number == number_of(known)) o.to = known;
    }
    if (!o.to) attributes.fail("to", "is type number ", number);
  }
  return make_operator<Quantization>(kind, o);
}

std::vector<double> as_reals(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}
std::vector<float> floats_of(const AttributeReader& attributes, const char* name) {
  const std::vector<double> values = attributes.reals(name, {});
  return {values.begin(), values.end()};
}

Attributes encode_resample(const Operator& op) {
  const ResampleOptions& o = dynamic_cast<const Resample&>(op).options();
  return {{"kind", number_of(o.rule.kind)},
          {"coordinates", number_of(o.rule.coordinates)},
          {"rounding", number_of(o.rule.rounding)},
          {"cubic_a", double{o.rule.cubic_a}},
          {"antialias", o.rule.antialias},
          {"excludes_outside", o.rule.excludes_outside},
          {"extrapolation", double{o.extrapolation}},
          {"policy", number_of(o.policy)},
          {"axes", o.axes},
          {"sizes", o.sizes},
          {"scales", as_reals(o.scales)},
          {"region", as_reals(o.region)}};
}

std::shared_ptr<const Operator> decode_resample(const AttributeReader& attributes, const OpType&) {
  return make_operator<Resample>(ResampleOptions{
      .rule = {.kind = enumerated(attributes, "kind", kernels::InterpKind::kCubic),
               .coordinates =
                   enumerated(attributes, "coordinates", kernels::ResampleCoordinates::kCropped),
               .rounding = enumerated(attributes, "rounding", kernels::NearestRounding::kHalfUp),
               .cubic_a = static_cast<float>(attributes.real("cubic_a", -0.75)),
               .antialias = attributes.boolean("antialias", false),
               .excludes_outside = attributes.boolean("excludes_outside", false)},
      .extrapolation = static_cast<float>(attributes.real("extrapolation", 0)),
      .policy = enumerated(attributes, "policy", AspectPolicy::kNotSmaller),
      .axes = attributes.integers("axes", {}),
      .sizes = attributes.integers("sizes", {}),
      .scales = floats_of(attributes, "scales"),
      .region = floats_of(attributes, "region")});
}

Attributes encode_gather_nd(const Operator& op) {
  return {{"batch_dims", dynamic_cast<const GatherNd&>(op).batch_dims()}};
}

std::shared_ptr<const Operator> decode_gather_nd(const AttributeReader& attributes, const OpType&) {
  const std::int64_t batch_dims = attributes.integer("batch_dims", 0);
  if (batch_dims < 0 || batch_dims >= kMaxRank) attributes.fail("batch_dims", "is ", batch_dims);
  return make_operator<GatherNd>(batch_dims);
}

// All that there is to it are its operands.
Attributes encode_select_input(const Operator&) { return {}; }

std::shared_ptr<const Operator> decode_select_input(const AttributeReader&, const OpType&) {
  return std::make_shared<SelectInput>();
}

std::span<const OwnAttributes> rows() {
  static const OwnAttributes kRows[] = {
      {&kBilinearInterp, encode_interp, decode_interp},
      {&kBilinearInterpV2, encode_interp, decode_interp},
      {&kBicubicInterpV2, encode_interp, decode_interp},
      {&kLinearInterpV2, encode_interp, decode_interp},
      {&kNearestInterp, encode_interp, decode_interp},
      {&kNearestInterpV2, encode_interp, decode_interp},
      {&kPad, encode_pad, decode_pad},
      {&kSlice, encode_slice, decode_slice},
      {&kScatter, encode_scatter, decode_scatter},
      {&kScatterNd, encode_scatter, decode_scatter},
      {&kPutAlongAxis, encode_scatter, decode_scatter},
      {&kGatherNd, encode_gather_nd, decode_gather_nd},
      {&kStridedSlice, encode_strided_slice, decode_strided_slice},
      {&kResample, encode_resample, decode_resample},
      {&kSelectInput, encode_select_input, decode_select_input},
      {&quantization_type(QuantizationKind::kQuantizeLinear), encode_linear,
       decode_linear<QuantizationKind::kQuantizeLinear>},
      {&quantization_type(QuantizationKind::kDequantizeLinear), encode_linear,
       decode_linear<QuantizationKind::kDequantizeLinear>},
  };
  return kRows;
}

// What is to be set besides what Paddle's attributes say of an operator.
struct Addition {
  const char* name;
  bool (*is_set)(const Operator&);
  std::shared_ptr<const Operator> (*set)(const Operator&);  // null: not of that operator
};

// A flag of the options of a class, which `Make` makes it of.
template <class Class, class Options, bool Options::*flag, class Make>
constexpr Addition addition(const char* name, Make) {
  return {name,
          [](const Operator& op) {
            const auto* known = dynamic_cast<const Class*>(&op);
            return known && known->options().*flag;
          },
          [](const Operator& op) -> std::shared_ptr<const Operator> {
            const auto* known = dynamic_cast<const Class*>(&op);
            if (!known) return nullptr;
            Options options = known->options();
            options.*flag = true;
            return Make()(*known, std::move(options));
          }};
}

constexpr auto kMakePool = [](const Pool2d&, Pool2dOptions o) { return make_operator<Pool2d>(o); };
constexpr auto kMakeSplit = [](const Split&, SplitOptions o) {
  return make_operator<Split>(std::move(o));
};
constexpr auto kMakeReduce = [](const Reduce& op, ReduceOptions o) {
  return make_operator<Reduce>(op.kind(), std::move(o));
};

constexpr Addition kZeroIsSize{"zero_is_size",
                               [](const Operator& op) {
                                 const auto* reshape = dynamic_cast<const Reshape2*>(&op);
                                 return reshape && reshape->zero_is_size();
                               },
                               [](const Operator& op) -> std::shared_ptr<const Operator> {
                                 const auto* reshape = dynamic_cast<const Reshape2*>(&op);
                                 return reshape ? make_operator<Reshape2>(reshape->shape(), true)
                                                : nullptr;
                               }};

constexpr Addition kAdditions[] = {
    kZeroIsSize,
    addition<Pool2d, Pool2dOptions, &Pool2dOptions::begins_inside>("begins_inside", kMakePool),
    addition<Split, SplitOptions, &SplitOptions::last_is_rest>("last_is_rest", kMakeSplit),
    addition<Reduce, ReduceOptions, &ReduceOptions::keeps_type>("keeps_type", kMakeReduce),
};

const OwnAttributes* own_attributes_of(const OpType& type) {
  for (const OwnAttributes& row : rows()) {
    if (row.type == &type) return &row;
  }
  return nullptr;
}

}  // namespace

std::optional<U2nOp> find_u2n_op(std::string_view name) {
  if (const PaddleOp* row = find_paddle_op(name)) return U2nOp{row->name, row->type, row};
  for (const OwnAttributes& own : rows()) {
    if (own.type->name == name) return U2nOp{own.type->name, own.type};
  }
  return std::nullopt;
}

std::optional<U2nOp> u2n_op_of(const OpType& type) {
  if (const PaddleOp* row = paddle_op_of(type)) return U2nOp{row->name, row->type, row};
  if (own_attributes_of(type)) return U2nOp{type.name, &type};
  return std::nullopt;
}

Attributes u2n_attributes(const U2nOp& known, const Operator& op) {
  if (const OwnAttributes* own = own_attributes_of(op.type())) return own->encode(op);
  Attributes attributes = known.row->encode(op);
  for (const Addition& added : kAdditions) {
    if (added.is_set(op)) attributes[std::string(added.name)] = true;
  }
  return attributes;
}

std::shared_ptr<const Operator> u2n_operator(const U2nOp& known, const Attributes& attributes) {
  const AttributeReader reader(known.name, attributes);
  if (const OwnAttributes* own = own_attributes_of(*known.type))
    return own->decode(reader, *known.type);
  std::shared_ptr<const Operator> op = known.row->decode(reader);
  for (const Addition& added : kAdditions) {
    if (!reader.boolean(added.name, false)) continue;
    op = added.set(*op);
    if (!op) reader.fail(added.name, "is that of another operator");
  }
  return op;
}

}  // namespace u2net::engine
