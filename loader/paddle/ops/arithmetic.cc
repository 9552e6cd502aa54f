// SPDX-License-Identifier: Apache-2.0
// batch_norm, scale, and the elementwise functions of one and of two operands.
#include <cmath>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/scale.h"
#include "engine/ops/unary.h"
#include "loader/function_names.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {
namespace {

std::shared_ptr<const Operator> decode_batch_norm(const AttributeReader& attributes) {
  const auto epsilon = static_cast<float>(attributes.real("epsilon", 1e-5));
  const bool global =
      attributes.boolean("use_global_stats", false) ||
      (attributes.boolean("is_test", false) && !attributes.boolean("trainable_statistics", false));
  if (!global) {
    throw Error(ErrorCode::kModelUnsupported,
                str_cat("operator '", attributes.op_type(),
                        "' computes its statistics from the batch: this is a training program"),
                "export it after model.eval()");
  }
  if (attributes.boolean("fuse_with_relu", false)) attributes.fail("fuse_with_relu", "is set");
  if (!std::isfinite(epsilon)) attributes.fail("epsilon", "is not finite");
  require_nchw(attributes, "data_layout");
  return make_operator<BatchNorm>(epsilon);
}

Attributes encode_batch_norm(const Operator& op) {
  return {{"data_layout", std::string("NCHW")},
          {"epsilon", double{encoded<BatchNorm>(op).epsilon()}},
          {"is_test", true},
          {"momentum", 0.9},
          {"trainable_statistics", false},
          {"use_global_stats", true}};
}

std::shared_ptr<const Operator> decode_scale(const AttributeReader& attributes) {
  return make_operator<Scale>(
      ScaleOptions{.scale = attributes.real("scale", 1.0),
                   .bias = attributes.real("bias", 0.0),
                   .bias_after_scale = attributes.boolean("bias_after_scale", true)});
}

Attributes encode_scale(const Operator& op) {
  const ScaleOptions& o = encoded<Scale>(op).options();
  return {{"bias", o.bias}, {"bias_after_scale", o.bias_after_scale}, {"scale", o.scale}};
}

std::shared_ptr<const Operator> decode_binary(const AttributeReader& attributes) {
  const std::int64_t axis = attributes.integer("axis", -1);
  for (const char* legacy : {"Scale_x", "Scale_y", "Scale_out"}) {
    if (attributes.real(legacy, 1.0) != 1.0)
      attributes.fail(legacy, "is not 1: a quantised program");
  }
  return make_operator<Elementwise>(find_function(kBinaryNames, attributes.op_type())->kind, axis);
}

Attributes encode_binary(const Operator& op) { return {{"axis", encoded<Elementwise>(op).axis()}}; }

std::shared_ptr<const Operator> decode_unary(const AttributeReader& attributes) {
  const FunctionNames<kernels::UnaryKind>& row = *find_function(kUnaryNames, attributes.op_type());
  const auto kind = row.kind;
  const kernels::UnaryParameters own = default_parameters(kind);
  kernels::UnaryParameters values = own;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& [name, otherwise, is_flag] = kernels::row_of(kind).parameters[i];
    if (name.empty()) continue;
    const char* const text = name.data();  // a literal: a zero is behind it
    values[i] = is_flag ? static_cast<float>(attributes.boolean(text, otherwise != 0))
                        : static_cast<float>(attributes.real(text, values[i]));
    if (!std::isfinite(values[i])) attributes.fail(text, "is not finite");
    if (row.fixed && values[i] != own[i]) {
      throw_error(ErrorCode::kModelUnsupported, "operator '", row.paddle, "': attribute '", name,
                  "' is ", values[i], ", supported is ", own[i],
                  ", which Paddle 2.6 computes with in any case");
    }
  }
  return make_operator<Unary>(kind, values);
}

Attributes encode_unary(const Operator& op) {
  const Unary& unary = encoded<Unary>(op);
  Attributes all;
  for (std::size_t i = 0; i < unary.parameters().size(); ++i) {
    const auto& [name, otherwise, is_flag] = unary.function().parameters[i];
    const float value = unary.parameters()[i];
    if (!name.empty())
      all.emplace(name, is_flag ? Attribute(value != 0) : Attribute(double{value}));
  }
  return all;
}

constexpr std::string_view kNormInputs[] = {"X", "Scale", "Bias", "Mean", "Variance"};
constexpr std::string_view kNormOutputs[] = {"Y"};
// MeanOut and VarianceOut write the statistics back under their own names: nothing in inference.
constexpr UnusedOutput kNormUnused[] = {{"MeanOut", BatchNorm::kMean},
                                        {"VarianceOut", BatchNorm::kVariance},
                                        {"SavedMean"},
                                        {"SavedVariance"}};
constexpr std::string_view kScaleInputs[] = {"X", "ScaleTensor"};
constexpr std::string_view kBinaryInputs[] = {"X", "Y"};
constexpr std::string_view kUnaryInputs[] = {"X"};

constexpr PaddleOp kOps[] = {
    {"batch_norm", &kBatchNorm, kNormInputs, kNormOutputs, decode_batch_norm, encode_batch_norm,
     kNormUnused},
    // In inference the devices of its training make no difference.
    {"sync_batch_norm", &kBatchNorm, kNormInputs, kNormOutputs, decode_batch_norm,
     encode_batch_norm, kNormUnused},
    {"scale", &kScale, kScaleInputs, kOutSlot, decode_scale, encode_scale},
};

}  // namespace

std::span<const PaddleOp> arithmetic_ops() { return kOps; }

std::span<const PaddleOp> unary_ops() {
  static const std::vector<PaddleOp> ops = [] {
    std::vector<PaddleOp> all;
    for (const auto& row : kUnaryNames) {
      all.push_back(
          {row.paddle, &unary_type(row.kind), kUnaryInputs, kOutSlot, decode_unary, encode_unary});
    }
    return all;
  }();
  return ops;
}

std::span<const PaddleOp> binary_ops() {
  static const std::vector<PaddleOp> ops = [] {
    std::vector<PaddleOp> all;
    for (const auto& row : kBinaryNames) {
      all.push_back({row.paddle, &binary_type(row.kind), kBinaryInputs, kOutSlot, decode_binary,
                     encode_binary});
    }
    return all;
  }();
  return ops;
}

}  // namespace u2net::engine
