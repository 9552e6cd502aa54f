// SPDX-License-Identifier: Apache-2.0
// Products of matrices, what works along dimensions, normalisation, and what enlarges images.
#include <vector>

#include "engine/ops/batch_norm.h"
#include "engine/ops/conv2d_transpose.h"
#include "engine/ops/grid_sampler.h"
#include "engine/ops/indexed_pool.h"
#include "engine/ops/interp.h"
#include "engine/ops/matmul.h"
#include "engine/ops/normalization.h"
#include "engine/ops/reduce.h"
#include "engine/ops/sort.h"
#include "loader/function_names.h"
#include "loader/pir/ops/pir_ops.h"

namespace u2net::engine {
namespace {

using kernels::ReduceKind;

constexpr PirOperand kTwo[] = {{0}, {1}};

// An axis by its value: as an operand, or as an attribute.
constexpr PirOperand kAxisOperand[] = {
    {0}, {.slot = PirOperand::kNone, .attribute = "axis", .scalar = true}};

constexpr PirAttribute kArgAttributes[] = {
    {"keepdims", PirKind::kBool}, {"flatten", PirKind::kBool}, {"dtype", PirKind::kDType}};
constexpr PirAttribute kArgsortAttributes[] = {{"axis", PirKind::kInt},
                                               {"descending", PirKind::kBool}};
constexpr PirOperand kTopKOperands[] = {{Sort::kX},
                                        {.slot = Sort::kK, .attribute = "k", .scalar = true}};
constexpr PirAttribute kTopKAttributes[] = {
    {"axis", PirKind::kInt}, {"largest", PirKind::kBool}, {"sorted", PirKind::kBool}};
constexpr PirAttribute kCumsumAttributes[] = {
    {"flatten", PirKind::kBool}, {"exclusive", PirKind::kBool}, {"reverse", PirKind::kBool}};

constexpr PirAttribute kMatmulAttributes[] = {{"transpose_x", PirKind::kBool, "trans_x"},
                                              {"transpose_y", PirKind::kBool, "trans_y"}};
constexpr PirAttribute kMulAttributes[] = {{"x_num_col_dims", PirKind::kInt},
                                           {"y_num_col_dims", PirKind::kInt}};

// The dimensions of a reduction: mostly an operand, for some an attribute.
constexpr PirOperand kReduceOperands[] = {
    {Reduce::kX},
    {.slot = Reduce::kAxisTensor, .attribute = "dim", .list_slot = Reduce::kAxisTensorList}};
constexpr PirAttribute kReduceAttributes[] = {{"keepdim", PirKind::kBool, "keep_dim"}};
constexpr PirAttribute kSumAttributes[] = {{"dtype", PirKind::kDType, "out_dtype"},
                                           {"keepdim", PirKind::kBool, "keep_dim"}};
constexpr PirAttribute kProductAttributes[] = {{"keepdim", PirKind::kBool, "keep_dim"},
                                               {"reduce_all", PirKind::kBool}};
constexpr PirAttribute kFrobeniusAttributes[] = {{"keep_dim", PirKind::kBool},
                                                 {"reduce_all", PirKind::kBool}};
constexpr PirAttribute kDimsAttributes[] = {{"axis", PirKind::kLongs, "dim"},
                                            {"keepdim", PirKind::kBool, "keep_dim"}};
constexpr PirAttribute kLogSumExpAttributes[] = {
    {"axis", PirKind::kInts}, {"keepdim", PirKind::kBool}, {"reduce_all", PirKind::kBool}};

constexpr PirAttribute kPNormAttributes[] = {{"porder", PirKind::kFloat},
                                             {"axis", PirKind::kInt},
                                             {"epsilon", PirKind::kFloat},
                                             {"keepdim", PirKind::kBool},
                                             {"asvector", PirKind::kBool}};
constexpr PirAttribute kNormAttributes[] = {
    {"axis", PirKind::kInt}, {"epsilon", PirKind::kFloat}, {"is_test", PirKind::kBool}};

constexpr PirOperand kNormalizationOperands[] = {
    {Normalization::kX}, {Normalization::kScale}, {Normalization::kBias}};
constexpr PirAttribute kLayerNormAttributes[] = {{"epsilon", PirKind::kFloat},
                                                 {"begin_norm_axis", PirKind::kInt}};
constexpr PirAttribute kInstanceNormAttributes[] = {{"epsilon", PirKind::kFloat}};
constexpr PirAttribute kGroupNormAttributes[] = {{"epsilon", PirKind::kFloat},
                                                 {"groups", PirKind::kInt},
                                                 {"data_format", PirKind::kText, "data_layout"}};
constexpr PirOperand kBatchNormOperands[] = {{BatchNorm::kSrc},
                                             {BatchNorm::kMean},
                                             {BatchNorm::kVariance},
                                             {BatchNorm::kScale},
                                             {BatchNorm::kBias}};
constexpr PirAttribute kBatchNormAttributes[] = {
    {"is_test", PirKind::kBool},          {"momentum", PirKind::kFloat},
    {"epsilon", PirKind::kFloat},         {"data_format", PirKind::kText, "data_layout"},
    {"use_global_stats", PirKind::kBool}, {"trainable_statistics", PirKind::kBool}};

constexpr PirOperand kTransposeOperands[] = {{Conv2dTranspose::kSrc},
                                             {Conv2dTranspose::kFilter},
                                             {.slot = Conv2dTranspose::kSizeTensor,
                                              .attribute = "output_size",
                                              .list_slot = Conv2dTranspose::kSizeTensorList}};
constexpr PirAttribute kConvTransposeAttributes[] = {
    {"strides", PirKind::kInts},        {"paddings", PirKind::kInts},
    {"output_padding", PirKind::kInts}, {"padding_algorithm", PirKind::kText},
    {"groups", PirKind::kInt},          {"dilations", PirKind::kInts},
    {"data_format", PirKind::kText}};

constexpr PirAttribute kIndexedPoolAttributes[] = {{"kernel_size", PirKind::kInts, "ksize"},
                                                   {"strides", PirKind::kInts},
                                                   {"paddings", PirKind::kInts},
                                                   {"global_pooling", PirKind::kBool},
                                                   {"adaptive", PirKind::kBool},
                                                   {"ceil_mode", PirKind::kBool}};
constexpr PirOperand kUnpoolOperands[] = {{Unpool::kX},
                                          {Unpool::kIndices},
                                          {.slot = Unpool::kSizeTensor,
                                           .attribute = "output_size",
                                           .list_slot = Unpool::kSizeTensorList}};
constexpr PirAttribute kUnpoolAttributes[] = {{"ksize", PirKind::kInts},
                                              {"strides", PirKind::kInts},
                                              {"padding", PirKind::kInts, "paddings"},
                                              {"data_format", PirKind::kText}};
constexpr PirAttribute kGridAttributes[] = {
    {"mode", PirKind::kText}, {"padding_mode", PirKind::kText}, {"align_corners", PirKind::kBool}};
constexpr PirOperand kInterpOperands[] = {
    {Interp::kX},
    {Interp::kOutSize},
    {.slot = PirOperand::kNone, .list_slot = Interp::kSizeTensor},
    {Interp::kScale}};
constexpr PirAttribute kInterpAttributes[] = {{"data_format", PirKind::kText, "data_layout"},
                                              {"out_d", PirKind::kInt},
                                              {"out_h", PirKind::kInt},
                                              {"out_w", PirKind::kInt},
                                              {"scale", PirKind::kReals},
                                              {"interp_method", PirKind::kText},
                                              {"align_corners", PirKind::kBool},
                                              {"align_mode", PirKind::kInt}};

constexpr PirAttribute kEinsumAttributes[] = {{"equation", PirKind::kText}};
constexpr PirOperand kThree[] = {{0}, {1}, {2}};
constexpr PirAttribute kAddmmAttributes[] = {{"beta", PirKind::kFloat, "Beta"},
                                             {"alpha", PirKind::kFloat, "Alpha"}};
constexpr PirAttribute kCumprodAttributes[] = {
    {"dim", PirKind::kInt}, {"exclusive", PirKind::kBool}, {"reverse", PirKind::kBool}};

constexpr PirOp kOps[] = {
    {"addmm", "addmm", kThree, kAddmmAttributes},
    {"argmax", "arg_max", kAxisOperand, kArgAttributes},
    {"argmin", "arg_min", kAxisOperand, kArgAttributes},
    {"argsort", "argsort", kOneOperand, kArgsortAttributes},
    {"batch_norm_", "batch_norm", kBatchNormOperands, kBatchNormAttributes},
    {"batch_norm", "batch_norm", kBatchNormOperands, kBatchNormAttributes},
    {"bicubic_interp", "bicubic_interp_v2", kInterpOperands, kInterpAttributes},
    {"bilinear_interp", "bilinear_interp_v2", kInterpOperands, kInterpAttributes},
    {"bmm", "bmm", kTwo, {}},
    {"conv2d_transpose", "conv2d_transpose", kTransposeOperands, kConvTransposeAttributes},
    {"cumprod", "cumprod", kOneOperand, kCumprodAttributes},
    {"cumsum", "cumsum", kAxisOperand, kCumsumAttributes},
    {"depthwise_conv2d_transpose", "depthwise_conv2d_transpose", kTransposeOperands,
     kConvTransposeAttributes},
    {"dot", "dot", kTwo, {}},
    {"einsum", "einsum", kOneList, kEinsumAttributes, {}, nullptr, 2},
    {"grid_sample", "grid_sampler", kTwo, kGridAttributes},
    {"group_norm", "group_norm", kNormalizationOperands, kGroupNormAttributes, {}, nullptr, 2},
    {"instance_norm",
     "instance_norm",
     kNormalizationOperands,
     kInstanceNormAttributes,
     {},
     nullptr,
     2},
    {"layer_norm", "layer_norm", kNormalizationOperands, kLayerNormAttributes, {}, nullptr, 2},
    {"linear_interp", "linear_interp_v2", kInterpOperands, kInterpAttributes},
    {"log_softmax", "log_softmax", kOneOperand, kAxisAttribute},
    {"logsumexp", "logsumexp", kOneOperand, kLogSumExpAttributes},
    {"matmul", "matmul_v2", kTwo, kMatmulAttributes},
    {"matmul_with_flatten", "mul", kTwo, kMulAttributes},
    {"max_pool2d_with_index", "max_pool2d_with_index", kOneOperand, kIndexedPoolAttributes},
    {"mv", "mv", kTwo, {}},
    {"nearest_interp", "nearest_interp_v2", kInterpOperands, kInterpAttributes},
    {"norm", "norm", kOneOperand, kNormAttributes, {}, nullptr, 1},
    {"p_norm", "p_norm", kOneOperand, kPNormAttributes},
    {"softmax", "softmax", kOneOperand, kAxisAttribute},
    {"sync_batch_norm_", "sync_batch_norm", kBatchNormOperands, kBatchNormAttributes},
    {"topk", "top_k_v2", kTopKOperands, kTopKAttributes},
    {"unpool", "unpool", kUnpoolOperands, kUnpoolAttributes},
};

// Where Paddle 3 has the dimensions of a reduction, and what else.
PirOp reduction(const FunctionNames<ReduceKind>& row) {
  const bool has_dims_attribute = row.kind == ReduceKind::kAny || row.kind == ReduceKind::kAll ||
                                  row.kind == ReduceKind::kAMax || row.kind == ReduceKind::kAMin;
  if (has_dims_attribute) return {row.pir, row.paddle, kOneOperand, kDimsAttributes};
  std::span<const PirAttribute> attributes = kReduceAttributes;
  if (row.kind == ReduceKind::kSum) attributes = kSumAttributes;
  if (row.kind == ReduceKind::kProduct) attributes = kProductAttributes;
  if (row.kind == ReduceKind::kFrobenius) attributes = kFrobeniusAttributes;
  return {row.pir, row.paddle, kReduceOperands, attributes};
}

}  // namespace

std::span<const PirOp> maths_pir_ops() {
  static const std::vector<PirOp> ops = [] {
    std::vector<PirOp> all(std::begin(kOps), std::end(kOps));
    for (const auto& row : kReduceNames) all.push_back(reduction(row));
    return all;
  }();
  return ops;
}

}  // namespace u2net::engine
