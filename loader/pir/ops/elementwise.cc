// SPDX-License-Identifier: Apache-2.0
// What chooses between elements, compares them, passes them on, or makes them of sizes and numbers.
// What Paddle 3 states as a constant (full, full_int_array, assign_value) is read as one:
// pir_constant.h.
#include "engine/ops/clip.h"
#include "engine/ops/compare.h"
#include "engine/ops/fill.h"
#include "engine/ops/prelu.h"
#include "engine/ops/sequence.h"
#include "engine/ops/where.h"
#include "loader/pir/ops/pir_ops.h"

namespace u2net::engine {
namespace {

constexpr PirOperand kNoOperand = {.slot = PirOperand::kNone};

constexpr PirOperand kClipOperands[] = {{Clip::kX},
                                        {.slot = Clip::kMin, .attribute = "min", .scalar = true},
                                        {.slot = Clip::kMax, .attribute = "max", .scalar = true}};

// The second is a tensor with the seed.
constexpr PirOperand kDropoutOperands[] = {
    {0}, kNoOperand, {.slot = PirOperand::kNone, .attribute = "dropout_prob", .scalar = true}};
constexpr PirAttribute kDropoutAttributes[] = {{"is_test", PirKind::kBool},
                                               {"mode", PirKind::kText, "dropout_implementation"}};

constexpr PirOperand kFullLikeOperands[] = {
    {0}, {.slot = PirOperand::kNone, .attribute = "value", .scalar = true}};
constexpr PirAttribute kDTypeAttribute[] = {{"dtype", PirKind::kDType}};

constexpr PirOperand kFullOperands[] = {
    {.slot = FillConstant::kValueTensor, .attribute = "value", .scalar = true},
    {.slot = FillConstant::kShapeTensor,
     .attribute = "shape",
     .list_slot = FillConstant::kShapeTensorList}};

constexpr PirAttribute kBatchSizeAttributes[] = {{"shape", PirKind::kInts},
                                                 {"dtype", PirKind::kDType},
                                                 {"value", PirKind::kDouble},
                                                 {"input_dim_idx", PirKind::kInt},
                                                 {"output_dim_idx", PirKind::kInt}};

constexpr PirAttribute kIncrementAttributes[] = {{"value", PirKind::kFloat, "step"}};

constexpr PirOperand kPreluOperands[] = {{Prelu::kX}, {Prelu::kAlpha}};
constexpr PirAttribute kPreluAttributes[] = {{"data_format", PirKind::kText},
                                             {"mode", PirKind::kText}};

constexpr PirOperand kTwo[] = {{0}, {1}};
constexpr PirOperand kThree[] = {{0}, {1}, {2}};

constexpr PirOperand kList[] = {{.slot = 0, .list_slot = 0}};

constexpr PirOp kOps[] = {
    {"add_n", "sum", kList, {}},
    {"arange", "range", kThree, kDTypeAttribute},
    {"assign", "assign", kOneOperand, {}},
    {"bitwise_and", "bitwise_and", kTwo, {}},
    {"bitwise_not", "bitwise_not", kOneOperand, {}},
    {"bitwise_or", "bitwise_or", kTwo, {}},
    {"bitwise_xor", "bitwise_xor", kTwo, {}},
    {"clip", "clip", kClipOperands, {}},
    {"dropout", "dropout", kDropoutOperands, kDropoutAttributes},
    {"full_batch_size_like", "fill_constant_batch_size_like", kOneOperand, kBatchSizeAttributes},
    {"full_like", "fill_any_like", kFullLikeOperands, kDTypeAttribute},
    {"full_with_tensor", "fill_constant", kFullOperands, kDTypeAttribute},
    {"increment", "increment", kOneOperand, kIncrementAttributes},
    {"isfinite", "isfinite_v2", kOneOperand, {}},
    {"isinf", "isinf_v2", kOneOperand, {}},
    {"isnan", "isnan_v2", kOneOperand, {}},
    {"linspace", "linspace", kThree, kDTypeAttribute},
    {"logical_not", "logical_not", kOneOperand, {}},
    {"prelu", "prelu", kPreluOperands, kPreluAttributes},
    {"where", "where", kThree, {}},
};

}  // namespace

std::span<const PirOp> elementwise_pir_ops() { return kOps; }

}  // namespace u2net::engine
