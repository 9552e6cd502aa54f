// SPDX-License-Identifier: Apache-2.0
// What slim writes into programs: quantize_linear and dequantize_linear, and the older fake_ ones.
#include "engine/ops/quantization.h"

#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/assign.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {
namespace {

using Kind = QuantizationKind;

constexpr std::int64_t kMostBits = 16;

double steps_of(const AttributeReader& attributes, const char* name, std::int64_t bits) {
  if (bits < 2 || bits > kMostBits) attributes.fail(name, "is ", bits, ", expected 2 to 16");
  return static_cast<double>((std::int64_t{1} << (bits - 1)) - 1);
}

// Halves: 0 rounds to even numbers, 1 away from 0.
bool read_to_even(const AttributeReader& attributes, std::int64_t otherwise) {
  const std::int64_t type = attributes.integer("round_type", otherwise);
  if (type != 0 && type != 1) attributes.fail("round_type", "is ", type);
  return type == 0;
}

std::int64_t read_axis(const AttributeReader& attributes, const char* name,
                       std::int64_t otherwise) {
  const std::int64_t axis = attributes.integer(name, otherwise);
  if (axis < -1 || axis >= kMaxRank) attributes.fail(name, "is ", axis);
  return axis;
}

template <Kind kind>
std::shared_ptr<const Operator> decode_linear(const AttributeReader& attributes) {
  QuantizationOptions o{.axis = read_axis(attributes, "quant_axis", 0),
                        .bits = attributes.integer("bit_length", 8),
                        .to_even = read_to_even(attributes, 0),
                        .observes = attributes.boolean("only_observer", false)};
  o.steps = steps_of(attributes, "bit_length", o.bits);
  return make_operator<Quantization>(kind, o);
}

Attributes encode_linear(const Operator& op) {
  const QuantizationOptions& o = encoded<Quantization>(op).options();
  return {{"quant_axis", o.axis},
          {"bit_length", o.bits},
          {"round_type", std::int64_t{o.to_even ? 0 : 1}},
          {"only_observer", o.observes},
          {"is_test", true}};
}

// With one scale for all.
template <Kind kind>
std::shared_ptr<const Operator> decode_fake(const AttributeReader& attributes) {
  QuantizationOptions o{.bits = attributes.integer("bit_length", 8),
                        .to_even = read_to_even(attributes, 1)};
  o.steps = steps_of(attributes, "bit_length", o.bits);
  return make_operator<Quantization>(kind, o);
}

Attributes encode_fake(const Operator& op) {
  const QuantizationOptions& o = encoded<Quantization>(op).options();
  return {
      {"bit_length", o.bits}, {"round_type", std::int64_t{o.to_even ? 0 : 1}}, {"is_test", true}};
}

Attributes encode_own(const Operator& op) {
  const QuantizationOptions& o = encoded<Quantization>(op).options();
  return {{"bit_length", o.bits}, {"round_type", std::int64_t{o.to_even ? 0 : 1}}};
}

template <Kind kind>
std::shared_ptr<const Operator> decode_channels(const AttributeReader& attributes) {
  if (attributes.boolean("is_test", false)) {
    throw Error(ErrorCode::kModelUnsupported,
                str_cat("operator '", attributes.op_type(),
                        "': scales that training left behind are not supported"),
                "export it with slim's convert()");
  }
  QuantizationOptions o{.axis = read_axis(attributes, "quant_axis", 0),
                        .bits = attributes.integer("bit_length", 8),
                        .to_even = read_to_even(attributes, 1)};
  o.steps = steps_of(attributes, "bit_length", o.bits);
  if (o.axis != 0 && o.axis != 1) attributes.fail("quant_axis", "is ", o.axis, ", expected 0 or 1");
  return make_operator<Quantization>(kind, o);
}

Attributes encode_channels(const Operator& op) {
  Attributes attributes = encode_own(op);
  attributes.emplace("quant_axis", encoded<Quantization>(op).options().axis);
  return attributes;
}

std::shared_ptr<const Operator> decode_back(const AttributeReader& attributes) {
  const double range = attributes.real("max_range", 127);
  if (!(range > 0 && range < 1e30)) attributes.fail("max_range", "is ", range);
  return make_operator<Quantization>(Kind::kFakeDequantize, QuantizationOptions{.steps = range});
}

Attributes encode_back(const Operator& op) {
  return {{"max_range", encoded<Quantization>(op).options().steps}};
}

// Of two scales the first is that of the channels of a product, whose place is another.
std::shared_ptr<const Operator> decode_channels_back(const AttributeReader& attributes) {
  const std::vector<std::int64_t> bits = attributes.integers("quant_bits", {8});
  if (bits.empty() || bits.size() > 2)
    attributes.fail("quant_bits", "has ", bits.size(), " entries");
  QuantizationOptions o{.axis = bits.size() == 1 ? read_axis(attributes, "quant_axis", 0)
                                                 : read_axis(attributes, "x_num_col_dims", 1),
                        .bits = bits.front(),
                        .steps = 1};
  if (o.axis < 0) attributes.fail("quant_axis", "is negative");
  for (std::int64_t b : bits) o.steps *= steps_of(attributes, "quant_bits", b);
  o.second_bits = bits.size() == 2 ? bits[1] : 0;
  return make_operator<Quantization>(Kind::kFakeChannelDequantize, o);
}

Attributes encode_channels_back(const Operator& op) {
  const QuantizationOptions& o = encoded<Quantization>(op).options();
  std::vector<std::int64_t> bits = {o.bits};
  if (o.second_bits > 0) bits.push_back(o.second_bits);
  return {{"quant_bits", bits},
          {"quant_axis", o.second_bits > 0 ? std::int64_t{0} : o.axis},
          {"x_num_col_dims", o.second_bits > 0 ? o.axis : std::int64_t{1}}};
}

// An observer that is left in a program.
std::shared_ptr<const Operator> decode_observer(const AttributeReader&) {
  return make_operator<Assign>();
}
Attributes encode_observer(const Operator&) { return {}; }

constexpr std::string_view kLinear[] = {"X", "Scale", "ZeroPoint"};
constexpr std::string_view kInScale[] = {"X", "InScale"};
constexpr std::string_view kScaleInput[] = {"X", "Scale"};
constexpr std::string_view kScales[] = {"X", "Scales"};
constexpr std::string_view kOwn[] = {"Out", "OutScale"};
constexpr UnusedOutput kSameScale[] = {{"OutScale", Quantization::kScale}};

template <Kind kind, std::shared_ptr<const Operator> (*decode)(const AttributeReader&),
          Attributes (*encode)(const Operator&)>
PaddleOp row(std::span<const std::string_view> inputs, std::span<const std::string_view> outputs,
             std::span<const UnusedOutput> unused = {}) {
  const OpType& type = quantization_type(kind);
  return {type.name, &type, inputs, outputs, decode, encode, unused};
}

}  // namespace

std::span<const PaddleOp> quantization_ops() {
  static const PaddleOp kOps[] = {
      row<Kind::kDequantizeLinear, decode_linear<Kind::kDequantizeLinear>, encode_linear>(kLinear,
                                                                                          kYSlot),
      row<Kind::kFakeChannelDequantize, decode_channels_back, encode_channels_back>(kScales,
                                                                                    kOutSlot),
      row<Kind::kFakeChannelQuantizeDequantizeOwn,
          decode_channels<Kind::kFakeChannelQuantizeDequantizeOwn>, encode_channels>(kXSlot, kOwn),
      row<Kind::kFakeChannelQuantizeOwn, decode_channels<Kind::kFakeChannelQuantizeOwn>,
          encode_channels>(kXSlot, kOwn),
      row<Kind::kFakeDequantize, decode_back, encode_back>(kScaleInput, kOutSlot),
      row<Kind::kFakeQuantizeAverage, decode_fake<Kind::kFakeQuantizeAverage>, encode_fake>(
          kInScale, kOutSlot, kSameScale),
      row<Kind::kFakeQuantizeDequantize, decode_fake<Kind::kFakeQuantizeDequantize>, encode_fake>(
          kInScale, kOutSlot, kSameScale),
      row<Kind::kFakeQuantizeDequantizeOwn, decode_fake<Kind::kFakeQuantizeDequantizeOwn>,
          encode_own>(kXSlot, kOwn),
      row<Kind::kFakeQuantizeOwn, decode_fake<Kind::kFakeQuantizeOwn>, encode_own>(kXSlot, kOwn),
      row<Kind::kFakeQuantizeRange, decode_fake<Kind::kFakeQuantizeRange>, encode_fake>(
          kInScale, kOutSlot, kSameScale),
      {"moving_average_abs_max_scale", &kAssign, kXSlot, kOutSlot, decode_observer,
       encode_observer},
      row<Kind::kQuantizeLinear, decode_linear<Kind::kQuantizeLinear>, encode_linear>(kLinear,
                                                                                      kYSlot),
  };
  return kOps;
}

}  // namespace u2net::engine
