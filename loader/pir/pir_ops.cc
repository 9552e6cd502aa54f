// SPDX-License-Identifier: Apache-2.0
#include "loader/pir/pir_ops.h"

#include <utility>

namespace u2net {
namespace {

constexpr PirOperand kBatchNormOperands[] = {{"X"}, {"Mean"}, {"Variance"}, {"Scale"}, {"Bias"}};
constexpr PirAttribute kBatchNormAttributes[] = {
    {"is_test", PirKind::kBool},          {"momentum", PirKind::kFloat},
    {"epsilon", PirKind::kFloat},         {"data_format", PirKind::kText, "data_layout"},
    {"use_global_stats", PirKind::kBool}, {"trainable_statistics", PirKind::kBool}};

constexpr PirOperand kBinaryOperands[] = {{"X"}, {"Y"}};

constexpr PirOperand kCastOperands[] = {{"X"}};
constexpr PirAttribute kCastAttributes[] = {{"dtype", PirKind::kDType, "out_dtype"}};

constexpr PirOperand kConcatOperands[] = {
    {.slot = "X", .list_slot = "X"}, {.slot = "AxisTensor", .attribute = "axis", .scalar = true}};

constexpr PirOperand kConvOperands[] = {{"Input"}, {"Filter"}};
constexpr PirAttribute kConvAttributes[] = {{"strides", PirKind::kInts},
                                            {"paddings", PirKind::kInts},
                                            {"padding_algorithm", PirKind::kText},
                                            {"dilations", PirKind::kInts},
                                            {"groups", PirKind::kInt},
                                            {"data_format", PirKind::kText}};

constexpr PirOperand kInterpOperands[] = {
    {"X"}, {"OutSize"}, {.slot = "", .list_slot = "SizeTensor"}, {"Scale"}};
constexpr PirAttribute kInterpAttributes[] = {{"data_format", PirKind::kText, "data_layout"},
                                              {"out_d", PirKind::kInt},
                                              {"out_h", PirKind::kInt},
                                              {"out_w", PirKind::kInt},
                                              {"scale", PirKind::kReals},
                                              {"interp_method", PirKind::kText},
                                              {"align_corners", PirKind::kBool},
                                              {"align_mode", PirKind::kInt}};

constexpr PirOperand kPoolOperands[] = {{"X"}, {.slot = "", .attribute = "ksize"}};
constexpr PirAttribute kPoolAttributes[] = {
    {"strides", PirKind::kInts},          {"paddings", PirKind::kInts},
    {"ceil_mode", PirKind::kBool},        {"exclusive", PirKind::kBool},
    {"data_format", PirKind::kText},      {"pooling_type", PirKind::kText},
    {"global_pooling", PirKind::kBool},   {"adaptive", PirKind::kBool},
    {"padding_algorithm", PirKind::kText}};

constexpr PirOperand kReshapeOperands[] = {
    {"X"}, {.slot = "Shape", .attribute = "shape", .list_slot = "ShapeTensor"}};

constexpr PirOperand kScaleOperands[] = {
    {"X"}, {.slot = "ScaleTensor", .attribute = "scale", .scalar = true}};
constexpr PirAttribute kScaleAttributes[] = {{"bias", PirKind::kFloat},
                                             {"bias_after_scale", PirKind::kBool}};

constexpr PirOperand kShapeOperands[] = {{"Input"}};

constexpr PirOperand kSliceOperands[] = {
    {"Input"},
    {.slot = "StartsTensor", .attribute = "starts", .list_slot = "StartsTensorList"},
    {.slot = "EndsTensor", .attribute = "ends", .list_slot = "EndsTensorList"}};
constexpr PirAttribute kSliceAttributes[] = {{"axes", PirKind::kLongs},
                                             {"infer_flags", PirKind::kLongs},
                                             {"decrease_axis", PirKind::kLongs}};

constexpr PirOperand kUnaryOperands[] = {{"X"}};

// Of two lines for one operator of the engine, the first is written.
constexpr PirOp kOps[] = {
    {"add", "elementwise_add", kBinaryOperands, {}},
    {"batch_norm_", "batch_norm", kBatchNormOperands, kBatchNormAttributes},
    {"batch_norm", "batch_norm", kBatchNormOperands, kBatchNormAttributes},
    {"bilinear_interp", "bilinear_interp_v2", kInterpOperands, kInterpAttributes},
    {"cast", "cast", kCastOperands, kCastAttributes},
    {"concat", "concat", kConcatOperands, {}},
    {"conv2d", "conv2d", kConvOperands, kConvAttributes},
    {"depthwise_conv2d", "depthwise_conv2d", kConvOperands, kConvAttributes},
    {"multiply", "elementwise_mul", kBinaryOperands, {}},
    {"nearest_interp", "nearest_interp_v2", kInterpOperands, kInterpAttributes},
    {"pool2d", "pool2d", kPoolOperands, kPoolAttributes},
    {"relu", "relu", kUnaryOperands, {}},
    {"reshape", "reshape2", kReshapeOperands, {}},
    {"scale", "scale", kScaleOperands, kScaleAttributes},
    {"shape", "shape", kShapeOperands, {}},
    {"shape64", "shape", kShapeOperands, {}},
    {"sigmoid", "sigmoid", kUnaryOperands, {}},
    {"slice", "slice", kSliceOperands, kSliceAttributes},
};

// "1.conv2d" and "pd_op.conv2d" -> "conv2d"; empty for other dialects.
std::string_view in_dialect(std::string_view name) {
  for (std::string_view dialect : {"1.", "pd_op."}) {
    if (name.starts_with(dialect)) return name.substr(dialect.size());
  }
  return {};
}

}  // namespace

const PirOp* find_pir_op(std::string_view name) {
  const std::string_view wanted = in_dialect(name);
  for (const PirOp& op : kOps) {
    const bool in_place = wanted.ends_with('_') && wanted.substr(0, wanted.size() - 1) == op.name;
    if (op.name == wanted || in_place) return &op;
  }
  return nullptr;
}

const PirOp* pir_op_of(std::string_view op_type) {
  for (const PirOp& op : kOps) {
    if (op.op_type == op_type) return &op;
  }
  return nullptr;
}

std::span<const PirOp> pir_ops() { return kOps; }

std::string full_pir_name(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kDialects[] = {{"0.", "builtin."},
                                                                         {"1.", "pd_op."},
                                                                         {"2.", "cf."},
                                                                         {"3.", "custom_op."},
                                                                         {"4.", "dist_op."}};
  if (name == "p") return "builtin.parameter";
  for (const auto& [number, dialect] : kDialects) {
    if (name.starts_with(number)) return std::string(dialect) + std::string(name.substr(2));
  }
  return std::string(name);
}

}  // namespace u2net
