// SPDX-License-Identifier: Apache-2.0
// What orders, repeats, divides and renames: see loader/paddle/ops/rearranging.cc.
#include <algorithm>
#include <limits>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/expand.h"
#include "engine/ops/renaming.h"
#include "engine/ops/split.h"
#include "engine/ops/strided_slice.h"
#include "loader/pir/ops/pir_ops.h"

namespace u2net::engine {
namespace {

constexpr PirAttribute kFlattenAttributes[] = {{"start_axis", PirKind::kInt},
                                               {"stop_axis", PirKind::kInt}};
constexpr PirOperand kSqueezeOperands[] = {{0}, {.slot = PirOperand::kNone, .attribute = "axes"}};
constexpr PirOperand kUnsqueezeOperands[] = {
    {Unsqueeze::kX},
    {.slot = Unsqueeze::kAxesTensor, .attribute = "axes", .list_slot = Unsqueeze::kAxesTensorList}};
constexpr PirAttribute kTransposeAttributes[] = {{"perm", PirKind::kInts, "axis"}};

constexpr PirOperand kExpandOperands[] = {
    {Expand::kX},
    {.slot = Expand::kShape, .attribute = "shape", .list_slot = Expand::kShapeTensorList}};
constexpr PirOperand kExpandAsOperands[] = {{ExpandAs::kX}, {ExpandAs::kY}};
constexpr PirAttribute kExpandAsAttributes[] = {{"target_shape", PirKind::kInts}};
constexpr PirOperand kTileOperands[] = {
    {Tile::kX},
    {.slot = Tile::kRepeatTimes, .attribute = "repeat_times", .list_slot = Tile::kRepeatTimesList}};

constexpr PirOperand kStridedSliceOperands[] = {{StridedSlice::kSrc},
                                                {.slot = StridedSlice::kStartsTensor,
                                                 .attribute = "starts",
                                                 .list_slot = StridedSlice::kStartsTensorList},
                                                {.slot = StridedSlice::kEndsTensor,
                                                 .attribute = "ends",
                                                 .list_slot = StridedSlice::kEndsTensorList},
                                                {.slot = StridedSlice::kStridesTensor,
                                                 .attribute = "strides",
                                                 .list_slot = StridedSlice::kStridesTensorList}};
constexpr PirAttribute kStridedSliceAttributes[] = {{"axes", PirKind::kInts},
                                                    {"decrease_axis", PirKind::kAbsent}};
constexpr PirFixed kStridedSliceFixed[] = {{"plain_ends", 1}};
// Paddle 2 writes -1 for what lies before the first element, and stops at that one for an end
// further in front.
void adapt_strided_slice(const Node& node, Attributes& attributes) {
  const StridedSliceOptions& o = op_as<StridedSlice>(node)->options();
  const auto is_fed = [&](int tensor, int list) {
    return node.has_input(tensor) || node.has_input(list);
  };
  const bool ends_are_fed = is_fed(StridedSlice::kEndsTensor, StridedSlice::kEndsTensorList),
             steps_are_fed = is_fed(StridedSlice::kStridesTensor, StridedSlice::kStridesTensorList);
  std::vector<std::int64_t> ends = o.ends;
  for (std::size_t i = 0; o.minus_one_is_open && i < o.axes.size(); ++i) {
    const bool is_forward = !steps_are_fed && i < o.strides.size() && o.strides[i] > 0;
    const bool is_plain = !ends_are_fed && i < ends.size() && ends[i] >= 0;
    if (is_forward || is_plain) continue;
    if (ends_are_fed || steps_are_fed || i >= ends.size() || ends[i] < -1) {
      throw_error(ErrorCode::kModelUnsupported, "operator 'strided_slice' ('", node.name,
                  "') cannot be written for Paddle 3: it may walk back beyond the first element");
    }
    ends[i] = std::numeric_limits<std::int32_t>::min();
  }
  attributes.insert_or_assign("ends", std::move(ends));
  attributes.insert_or_assign("plain_ends", true);
}
constexpr PirAttribute kFlipAttributes[] = {{"axis", PirKind::kInts}};

constexpr PirAttribute kChannelShuffleAttributes[] = {{"groups", PirKind::kInt},
                                                      {"data_format", PirKind::kText}};
constexpr PirAttribute kPixelShuffleAttributes[] = {{"upscale_factor", PirKind::kInt},
                                                    {"data_format", PirKind::kText}};
constexpr PirAttribute kPixelUnshuffleAttributes[] = {{"downscale_factor", PirKind::kInt},
                                                      {"data_format", PirKind::kText}};

constexpr PirOperand kSplitOperands[] = {
    {Split::kX},
    {.slot = PirOperand::kNone, .attribute = "sections", .list_slot = Split::kSectionsTensorList},
    {.slot = Split::kAxisTensor, .attribute = "axis", .scalar = true}};
constexpr PirFixed kSplitFixed[] = {{"num", 0}};
constexpr PirOperand kSplitNumOperands[] = {
    {Split::kX}, {.slot = Split::kAxisTensor, .attribute = "axis", .scalar = true}};
constexpr PirAttribute kNum[] = {{"num", PirKind::kInt}};
constexpr PirAttribute kUnstackAttributes[] = {{"axis", PirKind::kInt}, {"num", PirKind::kInt}};

constexpr PirAttribute kRepeatAttributes[] = {{"repeats", PirKind::kInt, "Repeats"},
                                              {"axis", PirKind::kInt, "dim"}};

constexpr PirOp kOps[] = {
    {"channel_shuffle", "channel_shuffle", kOneOperand, kChannelShuffleAttributes},
    {"expand", "expand_v2", kExpandOperands, {}},
    {"expand_as", "expand_as_v2", kExpandAsOperands, kExpandAsAttributes},
    {"flatten", "flatten_contiguous_range", kOneOperand, kFlattenAttributes},
    {"flip", "flip", kOneOperand, kFlipAttributes},
    {"meshgrid", "meshgrid", kOneList, {}},
    {"pixel_shuffle", "pixel_shuffle", kOneOperand, kPixelShuffleAttributes},
    {"pixel_unshuffle", "pixel_unshuffle", kOneOperand, kPixelUnshuffleAttributes},
    {"repeat_interleave", "repeat_interleave", kOneOperand, kRepeatAttributes},
    {"split", "split", kSplitOperands, {}, kSplitFixed},
    {"split_with_num", "split", kSplitNumOperands, kNum},
    {"squeeze", "squeeze2", kSqueezeOperands, {}},
    {"stack", "stack", kOneList, kAxisAttribute},
    {"strided_slice", "strided_slice", kStridedSliceOperands, kStridedSliceAttributes,
     kStridedSliceFixed, adapt_strided_slice},
    {"tile", "tile", kTileOperands, {}},
    {"transpose", "transpose2", kOneOperand, kTransposeAttributes},
    {"unbind", "unbind", kOneOperand, kAxisAttribute},
    {"unsqueeze", "unsqueeze2", kUnsqueezeOperands, {}},
    {"unstack", "unstack", kOneOperand, kUnstackAttributes},
};

}  // namespace

std::span<const PirOp> rearranging_pir_ops() { return kOps; }

}  // namespace u2net::engine
