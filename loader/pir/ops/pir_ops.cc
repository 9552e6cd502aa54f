// SPDX-License-Identifier: Apache-2.0
#include "loader/pir/ops/pir_ops.h"

#include <array>
#include <utility>
#include <vector>

#include "engine/ops/concat.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/pool2d.h"
#include "engine/ops/reshape2.h"
#include "engine/ops/scale.h"
#include "engine/ops/slice.h"
#include "loader/function_names.h"

namespace u2net::engine {
namespace {

constexpr PirOperand kBinaryOperands[] = {{Elementwise::kX}, {Elementwise::kY}};

constexpr PirAttribute kCastAttributes[] = {{"dtype", PirKind::kDType, "out_dtype"}};

constexpr PirOperand kConcatOperands[] = {
    {.slot = Concat::kX, .list_slot = Concat::kX},
    {.slot = Concat::kAxisTensor, .attribute = "axis", .scalar = true}};

constexpr PirOperand kConvOperands[] = {{Conv2d::kSrc}, {Conv2d::kFilter}};
constexpr PirAttribute kConvAttributes[] = {{"strides", PirKind::kInts},
                                            {"paddings", PirKind::kInts},
                                            {"padding_algorithm", PirKind::kText},
                                            {"dilations", PirKind::kInts},
                                            {"groups", PirKind::kInt},
                                            {"data_format", PirKind::kText}};

constexpr PirOperand kPoolOperands[] = {
    {Pool2d::kX},
    {.slot = Pool2d::kSizeTensor, .attribute = "ksize", .list_slot = Pool2d::kSizeTensorList}};
constexpr PirAttribute kPoolAttributes[] = {
    {"strides", PirKind::kInts},          {"paddings", PirKind::kInts},
    {"ceil_mode", PirKind::kBool},        {"exclusive", PirKind::kBool},
    {"data_format", PirKind::kText},      {"pooling_type", PirKind::kText},
    {"global_pooling", PirKind::kBool},   {"adaptive", PirKind::kBool},
    {"padding_algorithm", PirKind::kText}};

constexpr PirOperand kReshapeOperands[] = {
    {Reshape2::kX},
    {.slot = Reshape2::kShape, .attribute = "shape", .list_slot = Reshape2::kShapeTensor}};

constexpr PirOperand kScaleOperands[] = {
    {Scale::kX}, {.slot = Scale::kScaleTensor, .attribute = "scale", .scalar = true}};
constexpr PirAttribute kScaleAttributes[] = {{"bias", PirKind::kFloat},
                                             {"bias_after_scale", PirKind::kBool}};

constexpr PirOperand kSliceOperands[] = {
    {Slice::kSrc},
    {.slot = Slice::kStartsTensor, .attribute = "starts", .list_slot = Slice::kStartsTensorList},
    {.slot = Slice::kEndsTensor, .attribute = "ends", .list_slot = Slice::kEndsTensorList}};
constexpr PirAttribute kSliceAttributes[] = {{"axes", PirKind::kLongs},
                                             {"infer_flags", PirKind::kLongs},
                                             {"decrease_axis", PirKind::kLongs}};

constexpr PirFixed kLongShape[] = {{"dtype", 3}};  // int64

constexpr std::span<const PirOp> (*kFamilies[])() = {
    elementwise_pir_ops,  //
    indexing_pir_ops,     //
    maths_pir_ops,        //
    quantizing_pir_ops,   //
    rearranging_pir_ops,  //
};

// Of two lines for one operator of Paddle 2, the first that can say it is written.
constexpr PirOp kOps[] = {
    {"cast", "cast", kOneOperand, kCastAttributes},
    {"concat", "concat", kConcatOperands, {}},
    {"conv2d", "conv2d", kConvOperands, kConvAttributes},
    {"depthwise_conv2d", "depthwise_conv2d", kConvOperands, kConvAttributes},
    {"pool2d", "pool2d", kPoolOperands, kPoolAttributes},
    {"reshape", "reshape2", kReshapeOperands, {}},
    {"scale", "scale", kScaleOperands, kScaleAttributes},
    {"shape64", "shape", kOneOperand, {}, kLongShape},
    {"shape", "shape", kOneOperand, {}},
    {"slice", "slice", kSliceOperands, kSliceAttributes},
};

// "1.conv2d" and "pd_op.conv2d" -> "conv2d"; empty for other dialects.
std::string_view in_dialect(std::string_view name) {
  for (std::string_view dialect : {"1.", "pd_op."}) {
    if (name.starts_with(dialect)) return name.substr(dialect.size());
  }
  return {};
}

// The parameters of a function, where Paddle 3 has them.
std::span<const PirAttribute> parameters_of(const FunctionNames<kernels::UnaryKind>& row) {
  static std::array<std::array<PirAttribute, 3>, std::size(kUnaryNames)> all{};
  auto& attributes = all[static_cast<std::size_t>(&row - kUnaryNames)];
  std::size_t count = 0;
  for (const kernels::UnaryParameter& parameter : kernels::row_of(row.kind).parameters) {
    if (parameter.name.empty() || row.fixed) continue;
    const std::string_view other = row.pir_parameters[count];
    attributes[count++] = {other.empty() ? parameter.name : other,
                           parameter.is_flag ? PirKind::kBool
                           : row.pir_doubles ? PirKind::kDouble
                                             : PirKind::kFloat,
                           parameter.name};
  }
  return std::span(attributes).first(count);
}

std::vector<PirOp> all_ops() {
  std::vector<PirOp> all(std::begin(kOps), std::end(kOps));
  for (const auto family : kFamilies) all.insert(all.end(), family().begin(), family().end());
  for (const auto& row : kUnaryNames)
    all.push_back({row.pir, row.paddle, kOneOperand, parameters_of(row)});
  for (const auto& row : kBinaryNames) all.push_back({row.pir, row.paddle, kBinaryOperands, {}});
  for (const auto& row : kCompareNames) all.push_back({row.pir, row.paddle, kBinaryOperands, {}});
  return all;
}

}  // namespace

const PirOp* find_pir_op(std::string_view name) {
  const std::string_view wanted = in_dialect(name);
  for (const PirOp& op : pir_ops()) {
    const bool in_place = wanted.ends_with('_') && wanted.substr(0, wanted.size() - 1) == op.name;
    if (op.name == wanted || in_place) return &op;
  }
  return nullptr;
}

std::vector<const PirOp*> pir_ops_of(std::string_view paddle) {
  std::vector<const PirOp*> all;
  for (const PirOp& op : pir_ops()) {
    if (op.paddle == paddle) all.push_back(&op);
  }
  return all;
}

std::span<const PirOp> pir_ops() {
  static const std::vector<PirOp> ops = all_ops();
  return ops;
}

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

}  // namespace u2net::engine
