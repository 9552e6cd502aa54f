// SPDX-License-Identifier: Apache-2.0
// Tensors that a program makes of nothing but sizes and numbers: fill_constant and its kin, range,
// linspace, assign_value.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "engine/base/text.h"
#include "engine/ops/fill.h"
#include "engine/ops/sequence.h"
#include "kernels/cast/cast.h"
#include "loader/limits.h"
#include "loader/paddle/element_type.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {
namespace {

using Integers = std::vector<std::int64_t>;

DType read_dtype(const AttributeReader& attributes, std::int64_t otherwise) {
  const std::int64_t number = attributes.integer("dtype", otherwise);
  const std::optional<DType> dtype = computed_dtype_from_paddle(static_cast<int>(number));
  if (!dtype) attributes.fail("dtype", "is ", number, ", an unsupported type");
  return *dtype;
}

// -1: none is said.
std::optional<DType> read_optional_dtype(const AttributeReader& attributes) {
  if (attributes.integer("dtype", -1) == -1) return std::nullopt;
  return read_dtype(attributes, -1);
}

Attribute written(DType dtype) { return std::int64_t{paddle_number(dtype)}; }

// str_value says it with more digits, where it is there.
double read_value(const AttributeReader& attributes) {
  const std::string text = attributes.text("str_value", "");
  if (text.empty()) return attributes.real("value", 0);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != 0) attributes.fail("str_value", "is no number");
  return value;
}

std::string written_value(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

FillOptions read_fill(const AttributeReader& attributes) {
  return {.dtype = read_dtype(attributes, paddle_number(DType::kFloat32)),
          .value = read_value(attributes),
          .shape = attributes.integers("shape", {})};
}

Attributes write_fill(const FillOptions& o) {
  return {{"dtype", written(o.dtype)},           {"force_cpu", false},
          {"place_type", std::int64_t{-1}},      {"shape", o.shape},
          {"str_value", written_value(o.value)}, {"value", o.value}};
}

std::shared_ptr<const Operator> decode_fill_constant(const AttributeReader& attributes) {
  return make_operator<FillConstant>(read_fill(attributes));
}

Attributes encode_fill_constant(const Operator& op) {
  return write_fill(encoded<FillConstant>(op).options());
}

std::shared_ptr<const Operator> decode_fill_any_like(const AttributeReader& attributes) {
  return make_operator<FillAnyLike>(read_optional_dtype(attributes), attributes.real("value", 0));
}

Attributes encode_fill_any_like(const Operator& op) {
  const FillAnyLike& fill = encoded<FillAnyLike>(op);
  return {{"dtype", fill.dtype() ? written(*fill.dtype()) : Attribute(std::int64_t{-1})},
          {"value", fill.value()}};
}

std::shared_ptr<const Operator> decode_batch_size_like(const AttributeReader& attributes) {
  return make_operator<FillConstantBatchSizeLike>(read_fill(attributes),
                                                  attributes.integer("input_dim_idx", 0),
                                                  attributes.integer("output_dim_idx", 0));
}

Attributes encode_batch_size_like(const Operator& op) {
  const auto& fill = encoded<FillConstantBatchSizeLike>(op);
  Attributes all = write_fill(fill.options());
  all.erase("place_type");
  all.emplace("input_dim_idx", fill.from());
  all.emplace("output_dim_idx", fill.to());
  return all;
}

std::shared_ptr<const Operator> decode_range(const AttributeReader& attributes) {
  return make_operator<Range>(read_optional_dtype(attributes));
}

Attributes encode_range(const Operator& op) {
  const std::optional<DType> dtype = encoded<Range>(op).dtype();
  return dtype ? Attributes{{"dtype", written(*dtype)}} : Attributes{};
}

std::shared_ptr<const Operator> decode_linspace(const AttributeReader& attributes) {
  return make_operator<Linspace>(read_dtype(attributes, paddle_number(DType::kFloat32)));
}

Attributes encode_linspace(const Operator& op) {
  return {{"dtype", written(encoded<Linspace>(op).dtype())}};
}

// The attribute with the elements of a type; Paddle 2.6 may write `values` for all types.
const char* values_name(const AttributeReader& attributes, DType dtype) {
  if (attributes.has("values")) return "values";
  switch (dtype) {
    case DType::kBool:
      return "bool_values";
    case DType::kFloat64:
      return attributes.has("fp64_values") ? "fp64_values" : "fp32_values";
    case DType::kInt32:
      return "int32_values";
    case DType::kInt64:
      return "int64_values";
    default:
      return "fp32_values";
  }
}

template <class T, class List>
void put(const List& values, Tensor& tensor) {
  std::size_t i = 0;
  for (const auto value : values) tensor.values<T>()[i++] = kernels::cast_one<T>(value);
}

std::shared_ptr<const Operator> decode_assign_value(const AttributeReader& attributes) {
  const DType dtype = read_dtype(attributes, paddle_number(DType::kFloat32));
  const char* name = values_name(attributes, dtype);
  const bool is_real = dtype == DType::kFloat32 || dtype == DType::kFloat64;
  const std::vector<double> reals = is_real ? attributes.reals(name, {}) : std::vector<double>();
  const Integers integers = is_real ? Integers() : attributes.integers(name, {});
  const Shape shape = attributes.integers("shape", {});
  if (shape.size() > kMaxRank) attributes.fail("shape", "has ", shape.size(), " dimensions");
  for (std::int64_t size : shape) {
    if (size < 0) attributes.fail("shape", "contains ", size);
  }
  const std::size_t count = is_real ? reals.size() : integers.size();
  if (element_count(shape) != static_cast<std::int64_t>(count)) {
    attributes.fail(name, "has ", count, " values for shape ", shape);
  }
  Tensor tensor(dtype, shape);
  visit_dtype(dtype,
              [&]<class T>(T) { is_real ? put<T>(reals, tensor) : put<T>(integers, tensor); });
  return make_operator<AssignValue>(std::make_shared<const Tensor>(std::move(tensor)));
}

Attributes encode_assign_value(const Operator& op) {
  const Tensor& value = encoded<AssignValue>(op).value();
  Attributes all = {{"dtype", written(value.dtype())}, {"shape", value.shape()}};
  if (value.dtype() == DType::kFloat32) {
    const auto values = value.values<float>();
    all.emplace("fp32_values", std::vector<double>(values.begin(), values.end()));
  } else if (value.dtype() == DType::kFloat64) {
    const auto values = value.values<double>();
    all.emplace("fp64_values", std::vector<double>(values.begin(), values.end()));
  } else {
    const char* name = value.dtype() == DType::kBool    ? "bool_values"
                       : value.dtype() == DType::kInt64 ? "int64_values"
                                                        : "int32_values";
    all.emplace(name, to_integers(value.view()));
  }
  return all;
}

constexpr std::string_view kFillInputs[] = {"ValueTensor", "ShapeTensor", "ShapeTensorList"};
constexpr std::string_view kRangeInputs[] = {"Start", "End", "Step"};
constexpr std::string_view kLinspaceInputs[] = {"Start", "Stop", "Num"};

constexpr PaddleOp kOps[] = {
    {"assign_value", &kAssignValue, {}, kOutSlot, decode_assign_value, encode_assign_value},
    {"fill_any_like", &kFillAnyLike, kXSlot, kOutSlot, decode_fill_any_like, encode_fill_any_like},
    {"fill_constant", &kFillConstant, kFillInputs, kOutSlot, decode_fill_constant,
     encode_fill_constant},
    {"fill_constant_batch_size_like", &kFillConstantBatchSizeLike, kInputSlot, kOutSlot,
     decode_batch_size_like, encode_batch_size_like},
    {"linspace", &kLinspace, kLinspaceInputs, kOutSlot, decode_linspace, encode_linspace},
    {"range", &kRange, kRangeInputs, kOutSlot, decode_range, encode_range},
};

}  // namespace

std::span<const PaddleOp> creation_ops() { return kOps; }

}  // namespace u2net::engine
