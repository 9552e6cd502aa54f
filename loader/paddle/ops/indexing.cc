// SPDX-License-Identifier: Apache-2.0
// What takes or replaces elements by their numbers, and what frames or masks: gather, scatter and
// their kin, set_value, one_hot_v2, roll, crop_tensor, diag_v2, tril_triu, unfold, size, the pads.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/crop.h"
#include "engine/ops/diagonal.h"
#include "engine/ops/gather.h"
#include "engine/ops/pad.h"
#include "engine/ops/roll.h"
#include "engine/ops/scatter.h"
#include "engine/ops/set_value.h"
#include "engine/ops/shape.h"
#include "engine/ops/triangle.h"
#include "engine/ops/unfold.h"
#include "engine/ops/window.h"
#include "loader/paddle/element_type.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {
namespace {
std::shared_ptr<const Operator> decode_gather(const AttributeReader& attributes) {
  return make_operator<Gather>(kGather, attributes.integer("axis", 0));
}
Attributes encode_gather(const Operator& op) { return {{"axis", encoded<Gather>(op).axis()}}; }

std::shared_ptr<const Operator> decode_index_select(const AttributeReader& attributes) {
  return make_operator<Gather>(kIndexSelect, attributes.integer("dim", 0));
}
Attributes encode_index_select(const Operator& op) { return {{"dim", encoded<Gather>(op).axis()}}; }

std::shared_ptr<const Operator> decode_gather_nd(const AttributeReader&) {
  return make_operator<GatherNd>();
}
Attributes encode_gather_nd(const Operator& op) {
  const std::int64_t batch_dims = encoded<GatherNd>(op).batch_dims();
  if (batch_dims == 0) return {};
  throw_error(ErrorCode::kModelUnsupported, "operator 'gather_nd' along ", batch_dims,
              " dimensions cannot be written: Paddle's has none");
}

std::shared_ptr<const Operator> decode_take(const AttributeReader& attributes) {
  return make_operator<TakeAlongAxis>(kTakeAlongAxis, attributes.integer("Axis", 0));
}
Attributes encode_take(const Operator& op) { return {{"Axis", encoded<TakeAlongAxis>(op).axis()}}; }

std::shared_ptr<const Operator> decode_index_sample(const AttributeReader&) {
  return make_operator<TakeAlongAxis>(kIndexSample, 1);
}
Attributes encode_index_sample(const Operator&) { return {}; }

// Where several updates have one place their sum is there, without what was.
std::shared_ptr<const Operator> decode_scatter(const AttributeReader& attributes) {
  const bool overwrites = attributes.boolean("overwrite", true);
  return make_operator<Scatter>(
      kScatter, ScatterOptions{.mode = overwrites ? ScatterMode::kAssign : ScatterMode::kAdd,
                               .includes_self = overwrites});
}
Attributes encode_scatter(const Operator& op) {
  return {{"overwrite", encoded<Scatter>(op).options().mode == ScatterMode::kAssign}};
}

std::shared_ptr<const Operator> decode_scatter_nd(const AttributeReader&) {
  return make_operator<Scatter>(kScatterNd, ScatterOptions{.mode = ScatterMode::kAdd});
}
Attributes encode_scatter_nd(const Operator& op) {
  const ScatterMode mode = encoded<Scatter>(op).options().mode;
  if (mode == ScatterMode::kAdd) return {};
  throw_error(ErrorCode::kModelUnsupported, "operator 'scatter_nd' of mode '", to_string(mode),
              "' cannot be written: Paddle's adds");
}

struct PutWord {
  std::string_view word;
  ScatterMode mode;
};
// Of several words for one mode the first is written.
constexpr PutWord kPutWords[] = {
    {"assign", ScatterMode::kAssign},     {"add", ScatterMode::kAdd},
    {"mul", ScatterMode::kMultiply},      {"amin", ScatterMode::kMinimum},
    {"amax", ScatterMode::kMaximum},      {"mean", ScatterMode::kMean},
    {"multiply", ScatterMode::kMultiply},
};

std::shared_ptr<const Operator> decode_put(const AttributeReader& attributes) {
  const std::string word = attributes.text("Reduce", "assign");
  const auto* row = std::find_if(std::begin(kPutWords), std::end(kPutWords),
                                 [&](const PutWord& w) { return w.word == word; });
  if (row == std::end(kPutWords))
    attributes.fail("Reduce", "is '", word, "', expected assign, add, mul, amin, amax or mean");
  return make_operator<Scatter>(
      kPutAlongAxis, ScatterOptions{.mode = row->mode,
                                    .includes_self = attributes.boolean("Include_self", true),
                                    .axis = attributes.integer("Axis", 0)});
}
Attributes encode_put(const Operator& op) {
  const ScatterOptions& o = encoded<Scatter>(op).options();
  const auto* row = std::find_if(std::begin(kPutWords), std::end(kPutWords),
                                 [&](const PutWord& w) { return w.mode == o.mode; });
  return {{"Axis", o.axis}, {"Include_self", o.includes_self}, {"Reduce", std::string(row->word)}};
}

std::shared_ptr<const Operator> decode_one_hot(const AttributeReader& attributes) {
  const std::int64_t number = attributes.integer("dtype", paddle_number(DType::kFloat32));
  const std::optional<DType> dtype = dtype_from_paddle(static_cast<int>(number));
  if (!dtype) attributes.fail("dtype", "is ", number, ", an unsupported type");
  return make_operator<OneHot>(
      OneHotOptions{.depth = attributes.integer("depth", 1),
                    .dtype = *dtype,
                    .allow_out_of_range = attributes.boolean("allow_out_of_range", false)});
}
Attributes encode_one_hot(const Operator& op) {
  const OneHotOptions& o = encoded<OneHot>(op).options();
  return {{"allow_out_of_range", o.allow_out_of_range},
          {"depth", o.depth},
          {"dtype", std::int64_t{paddle_number(o.dtype)}}};
}

// Older files have a list for each type of elements.
std::vector<double> read_values(const AttributeReader& attributes) {
  for (const char* name :
       {"values", "fp32_values", "fp64_values", "int32_values", "int64_values", "bool_values"}) {
    const std::vector<double> values = attributes.reals(name, {});
    if (!values.empty()) return values;
  }
  return {};
}

std::shared_ptr<const Operator> decode_set_value(const AttributeReader& attributes) {
  return make_operator<SetValue>(
      SetValueOptions{.axes = attributes.integers("axes", {}),
                      .starts = attributes.integers("starts", {}),
                      .ends = attributes.integers("ends", {}),
                      .steps = attributes.integers("steps", {}),
                      .decrease_axes = attributes.integers("decrease_axes", {}),
                      .none_axes = attributes.integers("none_axes", {}),
                      .shape = attributes.integers("shape", {}),
                      .values = read_values(attributes)});
}
Attributes encode_set_value(const Operator& op) {
  const SetValueOptions& o = encoded<SetValue>(op).options();
  return {{"axes", o.axes},   {"decrease_axes", o.decrease_axes},
          {"ends", o.ends},   {"none_axes", o.none_axes},
          {"shape", o.shape}, {"starts", o.starts},
          {"steps", o.steps}, {"values", o.values}};
}

std::shared_ptr<const Operator> decode_roll(const AttributeReader& attributes) {
  return make_operator<Roll>(attributes.integers("shifts", {}), attributes.integers("axis", {}));
}
Attributes encode_roll(const Operator& op) {
  return {{"axis", encoded<Roll>(op).axes()}, {"shifts", encoded<Roll>(op).shifts()}};
}

std::shared_ptr<const Operator> decode_crop(const AttributeReader& attributes) {
  return make_operator<Crop>(attributes.integers("shape", {}), attributes.integers("offsets", {}));
}
Attributes encode_crop(const Operator& op) {
  return {{"offsets", encoded<Crop>(op).offsets()}, {"shape", encoded<Crop>(op).sizes()}};
}

std::shared_ptr<const Operator> decode_diagonal(const AttributeReader& attributes) {
  return make_operator<Diagonal>(attributes.integer("offset", 0),
                                 attributes.real("padding_value", 0.0));
}
Attributes encode_diagonal(const Operator& op) {
  const Diagonal& diagonal = encoded<Diagonal>(op);
  return {{"offset", diagonal.offset()}, {"padding_value", diagonal.padding()}};
}

std::shared_ptr<const Operator> decode_triangle(const AttributeReader& attributes) {
  return make_operator<Triangle>(attributes.integer("diagonal", 0),
                                 attributes.boolean("lower", true));
}
Attributes encode_triangle(const Operator& op) {
  return {{"diagonal", encoded<Triangle>(op).diagonal()}, {"lower", encoded<Triangle>(op).lower()}};
}

template <std::size_t count>
std::array<std::int64_t, count> read_sizes(const AttributeReader& attributes, const char* name,
                                           std::int64_t least, std::int64_t otherwise) {
  const Integers list = attributes.integers(name, Integers(count, otherwise));
  std::array<std::int64_t, count> sizes{};
  if (list.size() != count) {
    attributes.fail(name, "has ", list.size(), " values, expected ", count);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (list[i] < least || list[i] > kMaxExtent) attributes.fail(name, "contains ", list[i]);
    sizes[i] = list[i];
  }
  return sizes;
}

std::shared_ptr<const Operator> decode_unfold(const AttributeReader& attributes) {
  return make_operator<Unfold>(
      UnfoldOptions{.kernel = read_sizes<2>(attributes, "kernel_sizes", 1, 1),
                    .strides = read_sizes<2>(attributes, "strides", 1, 1),
                    .dilations = read_sizes<2>(attributes, "dilations", 1, 1),
                    .paddings = read_sizes<4>(attributes, "paddings", 0, 0)});
}
Attributes encode_unfold(const Operator& op) {
  const UnfoldOptions& o = encoded<Unfold>(op).options();
  const auto list = [](const auto& sizes) { return Integers(sizes.begin(), sizes.end()); };
  return {{"dilations", list(o.dilations)},
          {"kernel_sizes", list(o.kernel)},
          {"paddings", list(o.paddings)},
          {"strides", list(o.strides)}};
}

std::shared_ptr<const Operator> decode_size(const AttributeReader&) {
  return make_operator<SizeOf>();
}
Attributes encode_size(const Operator&) { return {}; }

// pad2d calls a repeated border "edge", pad3d "replicate".
struct PadWords {
  PadOrder order;
  const char *value, *replicate, *plain, *last;
};
constexpr PadWords kWords2d{PadOrder::kRows, "pad_value", "edge", "NCHW", "NHWC"},
    kWords3d{PadOrder::kColumns, "value", "replicate", "NCDHW", "NDHWC"};

template <const PadWords& words>
std::shared_ptr<const Operator> decode_pad_image(const AttributeReader& attributes) {
  using kernels::PadMode;
  PadOptions options{.order = words.order,
                     .paddings = attributes.integers("paddings", {}),
                     .value = attributes.real(words.value, 0.0)};
  const std::string mode = attributes.text("mode", "constant"),
                    layout = attributes.text("data_format", words.plain);
  if (mode == "reflect") {
    options.mode = PadMode::kReflect;
  } else if (mode == words.replicate) {
    options.mode = PadMode::kReplicate;
  } else if (mode == "circular") {
    options.mode = PadMode::kCircular;
  } else if (mode != "constant") {
    attributes.fail("mode", "is '", mode, "'");
  }
  if (layout != words.plain && layout != words.last)
    attributes.fail("data_format", "is '", layout, "'");
  options.channels_last = layout == words.last;
  return make_operator<Pad>(std::move(options));
}
template <const PadWords& words>
Attributes encode_pad_image(const Operator& op) {
  const PadOptions& o = encoded<Pad>(op).options();
  const char* modes[] = {"constant", "reflect", words.replicate, "circular"};
  return {{"data_format", std::string(o.channels_last ? words.last : words.plain)},
          {"mode", std::string(modes[static_cast<std::size_t>(o.mode)])},
          {"paddings", o.paddings},
          {words.value, o.value}};
}

std::shared_ptr<const Operator> decode_pad(const AttributeReader& attributes) {
  return make_operator<Pad>(PadOptions{.paddings = attributes.integers("paddings", {}),
                                       .value = attributes.real("pad_value", 0.0)});
}
Attributes encode_pad(const Operator& op) {
  const PadOptions& o = encoded<Pad>(op).options();
  return {{"pad_value", o.value}, {"paddings", o.paddings}};
}

constexpr std::string_view kCropInputs[] = {"X", "Shape", "Offsets", "ShapeTensor",
                                            "OffsetsTensor"};
constexpr std::string_view kGatherInputs[] = {"X", "Index", "Axis"};
constexpr std::string_view kIndexInputs[] = {"X", "Index"};
constexpr std::string_view kTakeInputs[] = {"Input", "Index"};
constexpr std::string_view kOneHotInputs[] = {"X", "depth_tensor"};
constexpr std::string_view kPadInputs[] = {"X", "Paddings"};
constexpr std::string_view kPlainPadInputs[] = {"X", ""};
constexpr std::string_view kPutInputs[] = {"Input", "Index", "Value"};
constexpr std::string_view kScatterInputs[] = {"X", "Ids", "Updates"};
constexpr std::string_view kScatterNdInputs[] = {"X", "Index", "Updates"};
constexpr std::string_view kRollInputs[] = {"X", "ShiftsTensor"};
constexpr std::string_view kSetValueInputs[] = {"Input", "ValueTensor", "StartsTensorList",
                                                "EndsTensorList", "StepsTensorList"};
constexpr std::string_view kResult[] = {"Result"};

constexpr PaddleOp kOps[] = {
    {"crop_tensor", &kCropTensor, kCropInputs, kOutSlot, decode_crop, encode_crop},
    {"diag_v2", &kDiagV2, kXSlot, kOutSlot, decode_diagonal, encode_diagonal},
    {"gather", &kGather, kGatherInputs, kOutSlot, decode_gather, encode_gather},
    {"gather_nd", &kGatherNd, kIndexInputs, kOutSlot, decode_gather_nd, encode_gather_nd},
    {"index_sample", &kIndexSample, kIndexInputs, kOutSlot, decode_index_sample,
     encode_index_sample},
    {"index_select", &kIndexSelect, kIndexInputs, kOutSlot, decode_index_select,
     encode_index_select},
    {"one_hot_v2", &kOneHotV2, kOneHotInputs, kOutSlot, decode_one_hot, encode_one_hot},
    {"pad", &kPad, kPlainPadInputs, kOutSlot, decode_pad, encode_pad},
    {"pad2d", &kPad2d, kPadInputs, kOutSlot, decode_pad_image<kWords2d>,
     encode_pad_image<kWords2d>},
    {"pad3d", &kPad3d, kPadInputs, kOutSlot, decode_pad_image<kWords3d>,
     encode_pad_image<kWords3d>},
    {"put_along_axis", &kPutAlongAxis, kPutInputs, kResult, decode_put, encode_put},
    {"roll", &kRoll, kRollInputs, kOutSlot, decode_roll, encode_roll},
    {"scatter", &kScatter, kScatterInputs, kOutSlot, decode_scatter, encode_scatter},
    {"scatter_nd_add", &kScatterNd, kScatterNdInputs, kOutSlot, decode_scatter_nd,
     encode_scatter_nd},
    {"set_value", &kSetValue, kSetValueInputs, kOutSlot, decode_set_value, encode_set_value},
    {"size", &kSize, kInputSlot, kOutSlot, decode_size, encode_size},
    {"take_along_axis", &kTakeAlongAxis, kTakeInputs, kResult, decode_take, encode_take},
    {"tril_triu", &kTrilTriu, kXSlot, kOutSlot, decode_triangle, encode_triangle},
    {"unfold", &kUnfold, kXSlot, kYSlot, decode_unfold, encode_unfold},
};

}  // namespace

std::span<const PaddleOp> indexing_ops() { return kOps; }

}  // namespace u2net::engine
