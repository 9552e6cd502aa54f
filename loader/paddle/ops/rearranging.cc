// SPDX-License-Identifier: Apache-2.0
// What orders, repeats, divides and renames: flatten, squeeze, unsqueeze, transpose, expand, tile,
// repeat_interleave, strided_slice, flip, the shuffles, split, unbind, stack, meshgrid.
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/expand.h"
#include "engine/ops/renaming.h"
#include "engine/ops/shuffle.h"
#include "engine/ops/split.h"
#include "engine/ops/stack.h"
#include "engine/ops/strided_slice.h"
#include "engine/ops/transpose.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {
namespace {

constexpr std::int64_t kMaxFactor = 65536;

std::shared_ptr<const Operator> decode_flatten_range(const AttributeReader& attributes) {
  return make_operator<FlattenRange>(attributes.integer("start_axis", 1),
                                     attributes.integer("stop_axis", 1));
}
Attributes encode_flatten_range(const Operator& op) {
  const auto& flatten = encoded<FlattenRange>(op);
  return {{"start_axis", flatten.start()}, {"stop_axis", flatten.stop()}};
}

std::shared_ptr<const Operator> decode_flatten2(const AttributeReader& attributes) {
  return make_operator<Flatten2>(attributes.integer("axis", 1));
}
Attributes encode_flatten2(const Operator& op) { return {{"axis", encoded<Flatten2>(op).axis()}}; }

std::shared_ptr<const Operator> decode_squeeze(const AttributeReader& attributes) {
  return make_operator<Squeeze>(attributes.integers("axes", {}));
}
Attributes encode_squeeze(const Operator& op) { return {{"axes", encoded<Squeeze>(op).axes()}}; }

std::shared_ptr<const Operator> decode_unsqueeze(const AttributeReader& attributes) {
  return make_operator<Unsqueeze>(attributes.integers("axes", {}));
}
Attributes encode_unsqueeze(const Operator& op) {
  return {{"axes", encoded<Unsqueeze>(op).axes()}};
}

std::shared_ptr<const Operator> decode_transpose(const AttributeReader& attributes) {
  return make_operator<Transpose>(attributes.integers("axis", {}));
}
Attributes encode_transpose(const Operator& op) {
  return {{"axis", encoded<Transpose>(op).axes()}};
}

std::shared_ptr<const Operator> decode_expand(const AttributeReader& attributes) {
  return make_operator<Expand>(attributes.integers("shape", {}));
}
Attributes encode_expand(const Operator& op) { return {{"shape", encoded<Expand>(op).shape()}}; }

std::shared_ptr<const Operator> decode_expand_as(const AttributeReader& attributes) {
  return make_operator<ExpandAs>(attributes.integers("target_shape", {}));
}
Attributes encode_expand_as(const Operator& op) {
  return {{"target_shape", encoded<ExpandAs>(op).shape()}};
}

std::shared_ptr<const Operator> decode_tile(const AttributeReader& attributes) {
  return make_operator<Tile>(attributes.integers("repeat_times", {}));
}
Attributes encode_tile(const Operator& op) {
  return {{"repeat_times", encoded<Tile>(op).repeats()}};
}

std::shared_ptr<const Operator> decode_repeat_interleave(const AttributeReader& attributes) {
  return make_operator<RepeatInterleave>(attributes.integer("Repeats", 1),
                                         attributes.integer("dim", 0));
}
Attributes encode_repeat_interleave(const Operator& op) {
  const auto& repeat = encoded<RepeatInterleave>(op);
  return {{"Repeats", repeat.repeats()}, {"dim", repeat.axis()}};
}

// Of Paddle 3 alone, where negative ends are like those of Python: see loader/pir/ops.
constexpr const char* kPlainEnds = "plain_ends";

std::shared_ptr<const Operator> decode_strided_slice(const AttributeReader& attributes) {
  StridedSliceOptions options{.axes = attributes.integers("axes", {}),
                              .starts = attributes.integers("starts", {}),
                              .ends = attributes.integers("ends", {}),
                              .strides = attributes.integers("strides", {}),
                              .decrease_axis = attributes.integers("decrease_axis", {}),
                              .minus_one_is_open = !attributes.boolean(kPlainEnds, false)};
  if (options.axes.empty()) attributes.fail("axes", "is missing or empty");
  return make_operator<StridedSlice>(std::move(options));
}

Attributes encode_strided_slice(const Operator& op) {
  StridedSliceOptions o = encoded<StridedSlice>(op).options();
  for (std::size_t i = 0; i < std::min(o.ends.size(), o.strides.size()); ++i) {
    if (o.minus_one_is_open || o.strides[i] > 0) continue;
    if (o.ends[i] == -1) {
      throw_error(ErrorCode::kModelUnsupported,
                  "a strided_slice back to the last element cannot be written for Paddle 2");
    }
    if (o.ends[i] <= -std::numeric_limits<std::int32_t>::max()) o.ends[i] = -1;
  }
  return {{"axes", o.axes},
          {"decrease_axis", o.decrease_axis},
          {"ends", as_int32(o.ends)},
          {"infer_flags", Integers(o.axes.size(), 1)},
          {"starts", as_int32(o.starts)},
          {"strides", as_int32(o.strides)}};
}

std::shared_ptr<const Operator> decode_flip(const AttributeReader& attributes) {
  return make_operator<Flip>(attributes.integers("axis", {}));
}
Attributes encode_flip(const Operator& op) { return {{"axis", encoded<Flip>(op).axes()}}; }

struct ShuffleRow {
  ShuffleKind kind;
  const char* factor;  // the attribute
};
constexpr ShuffleRow kUpscale{ShuffleKind::kPixelShuffle, "upscale_factor"},
    kDownscale{ShuffleKind::kPixelUnshuffle, "downscale_factor"},
    kGroups{ShuffleKind::kChannelShuffle, "groups"}, kGroup{ShuffleKind::kChannelShuffle, "group"};

template <const ShuffleRow& row>
std::shared_ptr<const Operator> decode_shuffle(const AttributeReader& attributes) {
  const std::int64_t factor = attributes.integer(row.factor, 1);
  if (factor < 1 || factor > kMaxFactor) attributes.fail(row.factor, "is ", factor);
  const std::string layout = attributes.text("data_format", "NCHW");
  if (layout != "NCHW" && layout != "NHWC") attributes.fail("data_format", "is '", layout, "'");
  return make_operator<Shuffle>(row.kind, factor, layout == "NHWC");
}
template <const ShuffleRow& row>
Attributes encode_shuffle(const Operator& op) {
  const auto& shuffle = encoded<Shuffle>(op);
  return {{row.factor, shuffle.factor()},
          {"data_format", std::string(shuffle.channels_last() ? "NHWC" : "NCHW")}};
}

std::shared_ptr<const Operator> decode_split(const AttributeReader& attributes) {
  SplitOptions options{.axis = attributes.integer("axis", 0),
                       .num = attributes.integer("num", 0),
                       .sections = attributes.integers("sections", {})};
  if (options.num < 0) attributes.fail("num", "is ", options.num);
  return make_operator<Split>(std::move(options));
}
Attributes encode_split(const Operator& op) {
  const SplitOptions o = encoded<Split>(op).options();
  return {{"axis", o.axis}, {"num", o.num}, {"sections", o.sections}};
}

std::shared_ptr<const Operator> decode_unbind(const AttributeReader& attributes) {
  return make_operator<Unbind>(kUnbind, attributes.integer("axis", 0));
}
Attributes encode_unbind(const Operator& op) { return {{"axis", encoded<Unbind>(op).axis()}}; }

std::shared_ptr<const Operator> decode_unstack(const AttributeReader& attributes) {
  return make_operator<Unbind>(kUnstack, attributes.integer("axis", 0),
                               attributes.integer("num", 0));
}
Attributes encode_unstack(const Operator& op) {
  return {{"axis", encoded<Unbind>(op).axis()}, {"num", encoded<Unbind>(op).num()}};
}

std::shared_ptr<const Operator> decode_stack(const AttributeReader& attributes) {
  return make_operator<Stack>(attributes.integer("axis", 0));
}
Attributes encode_stack(const Operator& op) { return {{"axis", encoded<Stack>(op).axis()}}; }

std::shared_ptr<const Operator> decode_meshgrid(const AttributeReader&) {
  return make_operator<Meshgrid>();
}
Attributes encode_meshgrid(const Operator&) { return {}; }

constexpr std::string_view kUnsqueezeInputs[] = {"X", "AxesTensor", "AxesTensorList"};
constexpr std::string_view kExpandInputs[] = {"X", "Shape", "expand_shapes_tensor"};
constexpr std::string_view kExpandAsInputs[] = {"X", "Y"};
constexpr std::string_view kTileInputs[] = {"X", "RepeatTimes", "repeat_times_tensor"};
constexpr std::string_view kStridedSliceInputs[] = {
    "Input",          "StartsTensor",     "EndsTensor", "StridesTensor", "StartsTensorList",
    "EndsTensorList", "StridesTensorList"};
constexpr std::string_view kSplitInputs[] = {"X", "AxisTensor", "SectionsTensorList"};
constexpr UnusedOutput kXShape[] = {{"XShape"}};  // bookkeeping for training

// Of two rows for one operator of the engine, the first is written.
constexpr PaddleOp kOps[] = {
    {"channel_shuffle", &kChannelShuffle, kXSlot, kOutSlot, decode_shuffle<kGroups>,
     encode_shuffle<kGroups>},
    {"expand_as_v2", &kExpandAsV2, kExpandAsInputs, kOutSlot, decode_expand_as, encode_expand_as},
    {"expand_v2", &kExpandV2, kExpandInputs, kOutSlot, decode_expand, encode_expand},
    {"flatten2", &kFlatten2, kXSlot, kOutSlot, decode_flatten2, encode_flatten2, kXShape},
    {"flatten_contiguous_range", &kFlattenContiguousRange, kXSlot, kOutSlot, decode_flatten_range,
     encode_flatten_range, kXShape},
    {"flip", &kFlip, kXSlot, kOutSlot, decode_flip, encode_flip},
    {"meshgrid", &kMeshgrid, kXSlot, kOutSlot, decode_meshgrid, encode_meshgrid},
    {"pixel_shuffle", &kPixelShuffle, kXSlot, kOutSlot, decode_shuffle<kUpscale>,
     encode_shuffle<kUpscale>},
    {"pixel_unshuffle", &kPixelUnshuffle, kXSlot, kOutSlot, decode_shuffle<kDownscale>,
     encode_shuffle<kDownscale>},
    {"repeat_interleave", &kRepeatInterleave, kXSlot, kOutSlot, decode_repeat_interleave,
     encode_repeat_interleave},
    {"shuffle_channel", &kChannelShuffle, kXSlot, kOutSlot, decode_shuffle<kGroup>,
     encode_shuffle<kGroup>},
    {"split", &kSplit, kSplitInputs, kOutSlot, decode_split, encode_split},
    {"squeeze2", &kSqueeze2, kXSlot, kOutSlot, decode_squeeze, encode_squeeze, kXShape},
    {"stack", &kStack, kXSlot, kYSlot, decode_stack, encode_stack},
    {"strided_slice", &kStridedSlice, kStridedSliceInputs, kOutSlot, decode_strided_slice,
     encode_strided_slice},
    {"tile", &kTile, kTileInputs, kOutSlot, decode_tile, encode_tile},
    {"transpose2", &kTranspose2, kXSlot, kOutSlot, decode_transpose, encode_transpose, kXShape},
    {"transpose", &kTranspose2, kXSlot, kOutSlot, decode_transpose, encode_transpose},
    {"unbind", &kUnbind, kXSlot, kOutSlot, decode_unbind, encode_unbind},
    {"unsqueeze2", &kUnsqueeze2, kUnsqueezeInputs, kOutSlot, decode_unsqueeze, encode_unsqueeze,
     kXShape},
    {"unstack", &kUnstack, kXSlot, kYSlot, decode_unstack, encode_unstack},
};

}  // namespace

std::span<const PaddleOp> rearranging_ops() { return kOps; }

}  // namespace u2net::engine
