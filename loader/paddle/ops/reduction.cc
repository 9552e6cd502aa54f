// SPDX-License-Identifier: Apache-2.0
// What works along dimensions: the reductions, arg_max and arg_min, softmax, running sums, norms,
// sorting.
#include <cmath>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/arg_extreme.h"
#include "engine/ops/cumsum.h"
#include "engine/ops/p_norm.h"
#include "engine/ops/reduce.h"
#include "engine/ops/softmax.h"
#include "engine/ops/sort.h"
#include "loader/function_names.h"
#include "loader/paddle/element_type.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {
namespace {

// A negative number: whatever the operator makes of its operand.
std::optional<DType> read_result_type(const AttributeReader& attributes, const char* name) {
  const std::int64_t number = attributes.integer(name, -1);
  if (number < 0) return std::nullopt;
  const std::optional<DType> type = dtype_from_paddle(static_cast<int>(number));
  if (!type) attributes.fail(name, "is ", number, ", an unsupported type");
  return type;
}

// None for all of them.
std::vector<std::int64_t> read_axes(const AttributeReader& attributes, const char* name) {
  std::vector<std::int64_t> axes = attributes.integers(name, {0});
  if (attributes.boolean("reduce_all", false)) axes.clear();
  return axes;
}

std::shared_ptr<const Operator> decode_reduce(const AttributeReader& attributes) {
  const auto& row = *find_function(kReduceNames, attributes.op_type());
  return make_operator<Reduce>(row.kind,
                               ReduceOptions{.axes = read_axes(attributes, "dim"),
                                             .keep_dims = attributes.boolean("keep_dim", false),
                                             .dtype = read_result_type(attributes, "out_dtype")});
}

Attributes encode_reduce(const Operator& op) {
  const ReduceOptions& o = encoded<Reduce>(op).options();
  return {{"dim", o.axes},
          {"in_dtype", std::int64_t{-1}},
          {"keep_dim", o.keep_dims},
          {"out_dtype", std::int64_t{o.dtype ? paddle_number(*o.dtype) : -1}},
          {"reduce_all", o.axes.empty()}};
}

std::shared_ptr<const Operator> decode_logsumexp(const AttributeReader& attributes) {
  return make_operator<Reduce>(kernels::ReduceKind::kLogSumExp,
                               ReduceOptions{.axes = read_axes(attributes, "axis"),
                                             .keep_dims = attributes.boolean("keepdim", false),
                                             .dtype = {}});
}

Attributes encode_logsumexp(const Operator& op) {
  const ReduceOptions& o = encoded<Reduce>(op).options();
  return {{"axis", o.axes}, {"keepdim", o.keep_dims}, {"reduce_all", o.axes.empty()}};
}

template <kernels::Extreme extreme>
std::shared_ptr<const Operator> decode_arg(const AttributeReader& attributes) {
  ArgExtremeOptions options{.extreme = extreme,
                            .axis = attributes.integer("axis", -1),
                            .flatten = attributes.boolean("flatten", false),
                            .keep_dims = attributes.boolean("keepdims", false)};
  options.dtype = read_result_type(attributes, "dtype").value_or(DType::kInt64);
  if (options.dtype != DType::kInt64 && options.dtype != DType::kInt32)
    attributes.fail("dtype", "is ", dtype_name(options.dtype));
  return make_operator<ArgExtreme>(options);
}

Attributes encode_arg(const Operator& op) {
  const ArgExtremeOptions& o = encoded<ArgExtreme>(op).options();
  return {{"axis", o.axis},
          {"dtype", std::int64_t{paddle_number(o.dtype)}},
          {"flatten", o.flatten},
          {"keepdims", o.keep_dims}};
}

std::shared_ptr<const Operator> decode_softmax(const AttributeReader& attributes) {
  return make_operator<Softmax>(attributes.integer("axis", -1),
                                attributes.op_type() == "log_softmax");
}

Attributes encode_softmax(const Operator& op) { return {{"axis", encoded<Softmax>(op).axis()}}; }

std::shared_ptr<const Operator> decode_cumsum(const AttributeReader& attributes) {
  return make_operator<Cumsum>(CumsumOptions{.axis = attributes.integer("axis", -1),
                                             .flatten = attributes.boolean("flatten", false),
                                             .exclusive = attributes.boolean("exclusive", false),
                                             .reverse = attributes.boolean("reverse", false)});
}

Attributes encode_cumsum(const Operator& op) {
  const CumsumOptions& o = encoded<Cumsum>(op).options();
  return {
      {"axis", o.axis}, {"exclusive", o.exclusive}, {"flatten", o.flatten}, {"reverse", o.reverse}};
}

std::shared_ptr<const Operator> decode_cumprod(const AttributeReader& attributes) {
  return make_operator<Cumsum>(CumsumOptions{.axis = attributes.integer("dim", -1),
                                             .exclusive = attributes.boolean("exclusive", false),
                                             .reverse = attributes.boolean("reverse", false),
                                             .product = true});
}

Attributes encode_cumprod(const Operator& op) {
  const CumsumOptions& o = encoded<Cumsum>(op).options();
  return {{"dim", o.axis}, {"exclusive", o.exclusive}, {"reverse", o.reverse}};
}

std::shared_ptr<const Operator> decode_p_norm(const AttributeReader& attributes) {
  const PNormOptions options{.order = attributes.real("porder", 2.0),
                             .axis = attributes.integer("axis", -1),
                             .keep_dim = attributes.boolean("keepdim", false),
                             .as_vector = attributes.boolean("asvector", false)};
  if (std::isnan(options.order)) attributes.fail("porder", "is not a number");
  return make_operator<PNorm>(options);
}

Attributes encode_p_norm(const Operator& op) {
  const PNormOptions& o = encoded<PNorm>(op).options();
  return {{"asvector", o.as_vector},
          {"axis", o.axis},
          {"epsilon", 1e-12},
          {"keepdim", o.keep_dim},
          {"porder", o.order}};
}

std::shared_ptr<const Operator> decode_norm(const AttributeReader& attributes) {
  const auto epsilon = static_cast<float>(attributes.real("epsilon", 1e-10));
  if (!(epsilon >= 0)) attributes.fail("epsilon", "is negative or not a number");
  return make_operator<Norm>(attributes.integer("axis", -1), epsilon);
}

Attributes encode_norm(const Operator& op) {
  const Norm& norm = encoded<Norm>(op);
  return {{"axis", norm.axis()}, {"epsilon", double{norm.epsilon()}}, {"is_test", true}};
}

std::shared_ptr<const Operator> decode_top_k(const AttributeReader& attributes) {
  return make_operator<Sort>(SortOptions{.axis = attributes.integer("axis", -1),
                                         .descending = attributes.boolean("largest", true),
                                         .all = false,
                                         .kept = attributes.integer("k", 1)});
}

Attributes encode_top_k(const Operator& op) {
  const SortOptions& o = encoded<Sort>(op).options();
  return {{"axis", o.axis}, {"k", o.kept}, {"largest", o.descending}, {"sorted", true}};
}

std::shared_ptr<const Operator> decode_argsort(const AttributeReader& attributes) {
  return make_operator<Sort>(SortOptions{.axis = attributes.integer("axis", -1),
                                         .descending = attributes.boolean("descending", false)});
}

Attributes encode_argsort(const Operator& op) {
  const SortOptions& o = encoded<Sort>(op).options();
  return {{"axis", o.axis}, {"descending", o.descending}};
}

constexpr std::string_view kReduceInputs[] = {"X", "AxisTensor", "AxisTensorList"};
constexpr std::string_view kTopKInputs[] = {"X", "K"};
constexpr UnusedOutput kNormUnused[] = {{"Norm"}};  // what it was divided by, for training
constexpr std::string_view kSortOutputs[] = {"Out", "Indices"};

}  // namespace

std::span<const PaddleOp> reduction_ops() {
  static const std::vector<PaddleOp> ops = [] {
    std::vector<PaddleOp> all = {
        {"arg_max", &kArgMax, kXSlot, kOutSlot, decode_arg<kernels::Extreme::kLargest>, encode_arg},
        {"arg_min", &kArgMin, kXSlot, kOutSlot, decode_arg<kernels::Extreme::kSmallest>,
         encode_arg},
        {"argsort", &kArgsort, kXSlot, kSortOutputs, decode_argsort, encode_argsort},
        {"cumprod", &kCumprod, kXSlot, kOutSlot, decode_cumprod, encode_cumprod},
        {"cumsum", &kCumsum, kXSlot, kOutSlot, decode_cumsum, encode_cumsum},
        {"log_softmax", &kLogSoftmax, kXSlot, kOutSlot, decode_softmax, encode_softmax},
        {"logsumexp", &reduce_type(kernels::ReduceKind::kLogSumExp), kReduceInputs, kOutSlot,
         decode_logsumexp, encode_logsumexp},
        {"norm", &kNorm, kXSlot, kOutSlot, decode_norm, encode_norm, kNormUnused},
        {"p_norm", &kPNorm, kXSlot, kOutSlot, decode_p_norm, encode_p_norm},
        {"softmax", &kSoftmax, kXSlot, kOutSlot, decode_softmax, encode_softmax},
        {"top_k_v2", &kTopK, kTopKInputs, kSortOutputs, decode_top_k, encode_top_k}};
    for (const auto& row : kReduceNames) {
      all.push_back({row.paddle, &reduce_type(row.kind), kReduceInputs, kOutSlot, decode_reduce,
                     encode_reduce});
    }
    return all;
  }();
  return ops;
}

}  // namespace u2net::engine
