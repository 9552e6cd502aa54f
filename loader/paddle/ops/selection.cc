// SPDX-License-Identifier: Apache-2.0
// What chooses between elements, compares them or passes them on: comparisons, truth values and
// bits, where, clip, prelu, assign, dropout, increment, sum, and what branches end in.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/assign.h"
#include "engine/ops/bitwise.h"
#include "engine/ops/classify.h"
#include "engine/ops/clip.h"
#include "engine/ops/compare.h"
#include "engine/ops/prelu.h"
#include "engine/ops/scale.h"
#include "engine/ops/select_input.h"
#include "engine/ops/sum.h"
#include "engine/ops/where.h"
#include "loader/function_names.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {
namespace {

std::shared_ptr<const Operator> decode_compare(const AttributeReader& attributes) {
  return make_operator<Compare>(find_function(kCompareNames, attributes.op_type())->kind,
                                attributes.integer("axis", -1));
}

Attributes encode_compare(const Operator& op) {
  const Compare& compare = encoded<Compare>(op);
  if (kernels::row_of(compare.kind()).of_truth) return {};
  return {{"axis", compare.axis()}, {"force_cpu", false}};
}

template <class T>
std::shared_ptr<const Operator> decode_plain(const AttributeReader&) {
  return make_operator<T>();
}

Attributes encode_nothing(const Operator&) { return {}; }

template <kernels::BitwiseKind kind>
std::shared_ptr<const Operator> decode_bitwise(const AttributeReader&) {
  return make_operator<Bitwise>(kind);
}

template <NumberClass wanted>
std::shared_ptr<const Operator> decode_classify(const AttributeReader&) {
  return make_operator<Classify>(wanted);
}

std::shared_ptr<const Operator> decode_clip(const AttributeReader& attributes) {
  const ClipOptions options{.min = attributes.real("min", 0), .max = attributes.real("max", 0)};
  if (std::isnan(options.min)) attributes.fail("min", "is not a number");
  if (std::isnan(options.max)) attributes.fail("max", "is not a number");
  return make_operator<Clip>(options);
}

Attributes encode_clip(const Operator& op) {
  const ClipOptions& o = encoded<Clip>(op).options();
  return {{"max", o.max}, {"min", o.min}};
}

constexpr std::string_view kModes[] = {"all", "channel", "element"};  // by PreluMode

std::shared_ptr<const Operator> decode_prelu(const AttributeReader& attributes) {
  const std::string mode = attributes.text("mode", "all");
  const std::string layout = attributes.text("data_format", "NCHW");
  const auto* at = std::find(std::begin(kModes), std::end(kModes), mode);
  if (at == std::end(kModes))
    attributes.fail("mode", "is '", mode, "', expected all, channel or element");
  if (layout != "NCHW" && layout != "NHWC")
    attributes.fail("data_format", "is '", layout, "', expected NCHW or NHWC");
  return make_operator<Prelu>(PreluOptions{static_cast<PreluMode>(at - kModes), layout == "NHWC"});
}

Attributes encode_prelu(const Operator& op) {
  const PreluOptions& o = encoded<Prelu>(op).options();
  return {{"data_format", std::string(o.channels_last ? "NHWC" : "NCHW")},
          {"mode", std::string(kModes[static_cast<int>(o.mode)])}};
}

std::shared_ptr<const Operator> decode_dropout(const AttributeReader& attributes) {
  const std::string mode = attributes.text("dropout_implementation", "downgrade_in_infer");
  const bool upscales = mode == "upscale_in_train";
  if (!upscales && mode != "downgrade_in_infer") {
    attributes.fail("dropout_implementation", "is '", mode,
                    "', expected downgrade_in_infer or upscale_in_train");
  }
  if (!attributes.boolean("is_test", false)) {
    throw Error(ErrorCode::kModelUnsupported,
                "operator 'dropout' draws random numbers (is_test is not set): this is a training "
                "program",
                "export it after model.eval()");
  }
  const double p = attributes.real("dropout_prob", 0.5);
  if (!(p >= 0 && p <= 1)) attributes.fail("dropout_prob", "is not between 0 and 1");
  return make_operator<Scale>(ScaleOptions{.scale = upscales ? 1 : 1 - p}, kDropout);
}

// What is an identity may as well never have dropped anything.
Attributes encode_dropout(const Operator& op) {
  const Scale& scale = encoded<Scale>(op);
  const bool upscales = scale.is_identity();
  return {
      {"dropout_implementation", std::string(upscales ? "upscale_in_train" : "downgrade_in_infer")},
      {"dropout_prob", 1 - scale.options().scale},
      {"is_test", true}};
}

std::shared_ptr<const Operator> decode_increment(const AttributeReader& attributes) {
  return make_operator<Scale>(ScaleOptions{.bias = attributes.real("step", 1)}, kIncrement);
}

Attributes encode_increment(const Operator& op) {
  return {{"step", encoded<Scale>(op).options().bias}};
}

// Its branches are plain nodes here: a file would run them all.
Attributes encode_select_input(const Operator&) {
  throw_error(ErrorCode::kModelUnsupported, "a program with branches cannot be written");
}

constexpr std::string_view kSelectInputs[] = {"X", "Mask"};
constexpr std::string_view kPair[] = {"X", "Y"};
constexpr std::string_view kClipInputs[] = {"X", "Min", "Max"};
constexpr std::string_view kPreluInputs[] = {"X", "Alpha"};
constexpr std::string_view kWhereInputs[] = {"Condition", "X", "Y"};
constexpr UnusedOutput kDropoutUnused[] = {{"Mask"}};

constexpr PaddleOp kOps[] = {
    {"assign", &kAssign, kXSlot, kOutSlot, decode_plain<Assign>, encode_nothing},
    {"bitwise_and", &kBitwiseAnd, kPair, kOutSlot, decode_bitwise<kernels::BitwiseKind::kAnd>,
     encode_nothing},
    {"bitwise_not", &kBitwiseNot, kXSlot, kOutSlot, decode_plain<BitwiseNot>, encode_nothing},
    {"bitwise_or", &kBitwiseOr, kPair, kOutSlot, decode_bitwise<kernels::BitwiseKind::kOr>,
     encode_nothing},
    {"bitwise_xor", &kBitwiseXor, kPair, kOutSlot, decode_bitwise<kernels::BitwiseKind::kXor>,
     encode_nothing},
    {"clip", &kClip, kClipInputs, kOutSlot, decode_clip, encode_clip},
    {"dropout", &kDropout, kXSlot, kOutSlot, decode_dropout, encode_dropout, kDropoutUnused},
    {"increment", &kIncrement, kXSlot, kOutSlot, decode_increment, encode_increment},
    {"isfinite_v2", &kIsFinite, kXSlot, kOutSlot, decode_classify<NumberClass::kFinite>,
     encode_nothing},
    {"isinf_v2", &kIsInf, kXSlot, kOutSlot, decode_classify<NumberClass::kInfinite>,
     encode_nothing},
    {"isnan_v2", &kIsNan, kXSlot, kOutSlot, decode_classify<NumberClass::kNan>, encode_nothing},
    {"logical_not", &kLogicalNot, kXSlot, kOutSlot, decode_plain<LogicalNot>, encode_nothing},
    {"prelu", &kPrelu, kPreluInputs, kOutSlot, decode_prelu, encode_prelu},
    {"select_input", &kSelectInput, kSelectInputs, kOutSlot, decode_plain<SelectInput>,
     encode_select_input},
    {"sum", &kSum, kXSlot, kOutSlot, decode_plain<Sum>, encode_nothing},
    {"where", &kWhere, kWhereInputs, kOutSlot, decode_plain<Where>, encode_nothing},
};

}  // namespace

std::span<const PaddleOp> selection_ops() { return kOps; }

std::span<const PaddleOp> compare_ops() {
  static const std::vector<PaddleOp> ops = [] {
    std::vector<PaddleOp> all;
    for (const auto& row : kCompareNames) {
      all.push_back(
          {row.paddle, &compare_type(row.kind), kPair, kOutSlot, decode_compare, encode_compare});
    }
    return all;
  }();
  return ops;
}

}  // namespace u2net::engine
