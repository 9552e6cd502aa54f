// SPDX-License-Identifier: Apache-2.0
// What moves elements and tells shapes: cast, concat, reshape2, shape, slice.
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/ops/cast.h"
#include "engine/ops/concat.h"
#include "engine/ops/reshape2.h"
#include "engine/ops/shape.h"
#include "engine/ops/slice.h"
#include "loader/paddle/element_type.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {
namespace {

using Integers = std::vector<std::int64_t>;

std::shared_ptr<const Operator> decode_cast(const AttributeReader& attributes) {
  const std::int64_t number = attributes.integer("out_dtype", -1);
  const std::optional<DType> to = computed_dtype_from_paddle(static_cast<int>(number));
  if (!to) attributes.fail("out_dtype", "is ", number, ", an unsupported type");
  const auto from = static_cast<int>(attributes.integer("in_dtype", number));
  return make_operator<Cast>(
      CastOptions{.to = *to, .from = computed_dtype_from_paddle(from).value_or(*to)});
}

Attributes encode_cast(const Operator& op) {
  const CastOptions& o = encoded<Cast>(op).options();
  return {{"in_dtype", std::int64_t{paddle_number(o.from)}},
          {"out_dtype", std::int64_t{paddle_number(o.to)}}};
}

std::shared_ptr<const Operator> decode_concat(const AttributeReader& attributes) {
  return make_operator<Concat>(attributes.integer("axis", 0));
}

Attributes encode_concat(const Operator& op) {
  return {{"axis", encoded<Concat>(op).written_axis()}};
}

std::shared_ptr<const Operator> decode_reshape2(const AttributeReader& attributes) {
  return make_operator<Reshape2>(attributes.integers("shape", {}));
}

Attributes encode_reshape2(const Operator& op) {
  return {{"shape", encoded<Reshape2>(op).shape()}};
}

// Of itself Paddle 2's operator gives int32; int64 is what Paddle 3's shape64 gives.
std::shared_ptr<const Operator> decode_shape(const AttributeReader& attributes) {
  const std::int64_t number = attributes.integer("dtype", paddle_number(DType::kInt32));
  const bool is_long = number == paddle_number(DType::kInt64);
  return make_operator<ShapeOf>(is_long ? DType::kInt64 : DType::kInt32);
}

Attributes encode_shape(const Operator& op) {
  if (encoded<ShapeOf>(op).dtype() != DType::kInt64) return {};
  return {{"dtype", std::int64_t{paddle_number(DType::kInt64)}}};
}

std::shared_ptr<const Operator> decode_slice(const AttributeReader& attributes) {
  SliceOptions options{.axes = attributes.integers("axes", {}),
                       .starts = attributes.integers("starts", {}),
                       .ends = attributes.integers("ends", {}),
                       .decrease_axis = attributes.integers("decrease_axis", {}),
                       .infer_flags = {}};
  options.infer_flags = attributes.integers("infer_flags", Integers(options.axes.size(), 1));
  if (options.axes.empty()) attributes.fail("axes", "is missing or empty");
  return make_operator<Slice>(std::move(options));
}

Attributes encode_slice(const Operator& op) {
  const SliceOptions& o = encoded<Slice>(op).options();
  return {{"axes", o.axes},
          {"decrease_axis", o.decrease_axis},
          {"ends", as_int32(o.ends)},
          {"infer_flags", o.infer_flags},
          {"starts", as_int32(o.starts)}};
}

constexpr std::string_view kConcatInputs[] = {"X", "AxisTensor"};
constexpr std::string_view kReshapeInputs[] = {"X", "Shape", "ShapeTensor"};
constexpr UnusedOutput kReshapeUnused[] = {{"XShape"}};  // bookkeeping for training
constexpr std::string_view kSliceInputs[] = {"Input", "StartsTensor", "EndsTensor",
                                             "StartsTensorList", "EndsTensorList"};

constexpr PaddleOp kOps[] = {
    {"cast", &kCast, kXSlot, kOutSlot, decode_cast, encode_cast},
    {"concat", &kConcat, kConcatInputs, kOutSlot, decode_concat, encode_concat},
    {"reshape2", &kReshape2, kReshapeInputs, kOutSlot, decode_reshape2, encode_reshape2,
     kReshapeUnused},
    {"shape", &kShape, kInputSlot, kOutSlot, decode_shape, encode_shape},
    {"slice", &kSlice, kSliceInputs, kOutSlot, decode_slice, encode_slice},
};

}  // namespace

std::span<const PaddleOp> movement_ops() { return kOps; }

}  // namespace u2net::engine
