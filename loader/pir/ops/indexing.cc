// SPDX-License-Identifier: Apache-2.0
// What takes or replaces elements by their numbers, and what frames or masks: see
// loader/paddle/ops/indexing.cc.
#include "engine/ops/crop.h"
#include "engine/ops/gather.h"
#include "engine/ops/pad.h"
#include "engine/ops/roll.h"
#include "engine/ops/scatter.h"
#include "engine/ops/set_value.h"
#include "loader/pir/ops/pir_ops.h"

namespace u2net::engine {
namespace {

constexpr PirOperand kGatherOperands[] = {
    {Gather::kX}, {Gather::kIndex}, {.slot = Gather::kAxis, .attribute = "axis", .scalar = true}};
constexpr PirOperand kIndexOperands[] = {{Gather::kX}, {Gather::kIndex}};
constexpr PirAttribute kIndexSelectAttributes[] = {{"axis", PirKind::kInt, "dim"}};
constexpr PirAttribute kTakeAttributes[] = {{"axis", PirKind::kInt, "Axis"}};
constexpr PirOperand kScatterOperands[] = {{Scatter::kX}, {Scatter::kIndex}, {Scatter::kUpdates}};
constexpr PirAttribute kScatterAttributes[] = {{"overwrite", PirKind::kBool}};
constexpr PirAttribute kPutAttributes[] = {{"axis", PirKind::kInt, "Axis"},
                                           {"reduce", PirKind::kText, "Reduce"},
                                           {"include_self", PirKind::kBool, "Include_self"}};
constexpr PirOperand kOneHotOperands[] = {
    {OneHot::kX}, {.slot = OneHot::kDepth, .attribute = "depth", .scalar = true}};
constexpr PirFixed kOneHotFixed[] = {{"dtype", 5}, {"allow_out_of_range", 0}};  // float32

constexpr PirOperand kPadOperands[] = {
    {Pad::kX}, {.slot = PirOperand::kNone, .attribute = "pad_value", .scalar = true}};
constexpr PirAttribute kPadAttributes[] = {{"paddings", PirKind::kInts}};
constexpr PirOperand kPad3dOperands[] = {{Pad::kX},
                                         {.slot = Pad::kPaddings, .attribute = "paddings"}};
constexpr PirAttribute kPad3dAttributes[] = {{"mode", PirKind::kText},
                                             {"pad_value", PirKind::kFloat, "value"},
                                             {"data_format", PirKind::kText}};

constexpr PirOperand kRollOperands[] = {{Roll::kX},
                                        {.slot = Roll::kShiftsTensor, .attribute = "shifts"}};
constexpr PirAttribute kRollAttributes[] = {{"axis", PirKind::kLongs}};

constexpr PirOperand kStarts{
    .slot = PirOperand::kNone, .attribute = "starts", .list_slot = SetValue::kStartsTensorList},
    kEnds{.slot = PirOperand::kNone, .attribute = "ends", .list_slot = SetValue::kEndsTensorList},
    kSteps{
        .slot = PirOperand::kNone, .attribute = "steps", .list_slot = SetValue::kStepsTensorList};
constexpr PirOperand kSetValueOperands[] = {{SetValue::kX}, kStarts, kEnds, kSteps};
constexpr PirAttribute kSetValueAttributes[] = {{"axes", PirKind::kLongs},
                                                {"decrease_axes", PirKind::kLongs},
                                                {"none_axes", PirKind::kLongs},
                                                {"shape", PirKind::kLongs},
                                                {"values", PirKind::kReals}};
constexpr PirOperand kSetTensorOperands[] = {
    {SetValue::kX}, {SetValue::kValue}, kStarts, kEnds, kSteps};
constexpr PirAttribute kSetTensorAttributes[] = {
    {"axes", PirKind::kLongs}, {"decrease_axes", PirKind::kLongs}, {"none_axes", PirKind::kLongs}};

constexpr PirAttribute kTriangleAttributes[] = {{"diagonal", PirKind::kInt}};
constexpr PirFixed kLower[] = {{"lower", 1}};
constexpr PirFixed kUpper[] = {{"lower", 0}};
constexpr PirAttribute kUnfoldAttributes[] = {{"kernel_sizes", PirKind::kInts},
                                              {"strides", PirKind::kInts},
                                              {"paddings", PirKind::kInts},
                                              {"dilations", PirKind::kInts}};

constexpr PirOperand kCropOperands[] = {
    {Crop::kX},
    {.slot = Crop::kShape, .attribute = "shape", .list_slot = Crop::kShapeList},
    {.slot = Crop::kOffsets, .attribute = "offsets", .list_slot = Crop::kOffsetsList}};
constexpr PirAttribute kDiagonalAttributes[] = {{"offset", PirKind::kInt},
                                                {"padding_value", PirKind::kFloat}};

constexpr PirOp kOps[] = {
    {"crop", "crop_tensor", kCropOperands, {}},
    {"diag", "diag_v2", kOneOperand, kDiagonalAttributes},
    {"gather", "gather", kGatherOperands, {}},
    {"gather_nd", "gather_nd", kIndexOperands, {}},
    {"index_sample", "index_sample", kIndexOperands, {}},
    {"index_select", "index_select", kIndexOperands, kIndexSelectAttributes},
    {"numel", "size", kOneOperand, {}},
    {"one_hot", "one_hot_v2", kOneHotOperands, {}, kOneHotFixed},
    {"pad", "pad", kPadOperands, kPadAttributes},
    {"pad3d", "pad3d", kPad3dOperands, kPad3dAttributes},
    {"put_along_axis", "put_along_axis", kScatterOperands, kPutAttributes},
    {"roll", "roll", kRollOperands, kRollAttributes},
    {"scatter", "scatter", kScatterOperands, kScatterAttributes},
    {"scatter_nd_add", "scatter_nd_add", kScatterOperands, {}},
    {"set_value", "set_value", kSetValueOperands, kSetValueAttributes},
    {"set_value_with_tensor", "set_value", kSetTensorOperands, kSetTensorAttributes},
    {"take_along_axis", "take_along_axis", kIndexOperands, kTakeAttributes},
    {"tril", "tril_triu", kOneOperand, kTriangleAttributes, kLower},
    {"triu", "tril_triu", kOneOperand, kTriangleAttributes, kUpper},
    {"unfold", "unfold", kOneOperand, kUnfoldAttributes},
};

}  // namespace

std::span<const PirOp> indexing_pir_ops() { return kOps; }

}  // namespace u2net::engine
