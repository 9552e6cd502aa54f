// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/reduce.h"

#include <algorithm>
#include <array>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

using kernels::kReduceFunctions;
using kernels::ReduceKind;

constexpr SlotInfo kInputs[] = {{"X"},
                                {.name = "AxisTensor", .required = false},
                                {.name = "AxisTensorList", .required = false, .list = true}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr auto kTypes = [] {
  std::array<OpType, kReduceFunctions.size()> types;
  for (std::size_t i = 0; i < types.size(); ++i)
    types[i] = {kReduceFunctions[i].name, kInputs, kOutputs};
  return types;
}();

// A bit a dimension; axes that fit.
std::uint32_t bits_of(const ReduceOptions& o, std::size_t rank) {
  if (o.axes.empty()) return (1U << rank) - 1;
  std::uint32_t bits = 0;
  for (std::int64_t axis : o.axes) {
    if (axis < 0) axis += static_cast<std::int64_t>(rank);
    if (rank > 0) bits |= 1U << axis;
  }
  return bits;
}

template <class From>
kernels::ReduceStore<From> store_for(DType dtype) {
  kernels::ReduceStore<From> store = nullptr;
  visit_dtype(dtype, [&]<class To>(To) { store = kernels::store_as<To, From>; });
  return store;
}

}  // namespace

const OpType& reduce_type(ReduceKind kind) { return kTypes[static_cast<std::size_t>(kind)]; }

Reduce::Reduce(ReduceKind kind, ReduceOptions options)
    : Operator(reduce_type(kind)), kind_(kind), options_(std::move(options)) {}

std::vector<std::int64_t> Reduce::axes(const Inference& in) const {
  if (in.has(kAxisTensor)) return to_integers(in.value(kAxisTensor).view());
  if (!in.has(kAxisTensorList)) return options_.axes;
  std::vector<std::int64_t> axes;
  for (int i = 0; i < in.count(kAxisTensorList); ++i) {
    const std::vector<std::int64_t> v = to_integers(in.value(kAxisTensorList, i).view());
    if (v.size() != 1) in.fail("an entry of AxisTensorList has ", v.size(), " elements");
    axes.push_back(v.front());
  }
  return axes;
}

DType Reduce::result_type(DType src) const {
  if (function().tells) return DType::kBool;
  if (options_.dtype) return *options_.dtype;
  const bool is_narrow = src == DType::kInt32 || src == DType::kBool;
  return function().widens && is_narrow && !options_.keeps_type ? DType::kInt64 : src;
}

void Reduce::infer(Inference& in) const {
  const kernels::ReduceFunction& f = function();
  const TensorType& src = in.input(kX);
  const bool is_float = src.dtype == DType::kFloat32 || src.dtype == DType::kFloat64,
             is_integer = src.dtype == DType::kInt32 || src.dtype == DType::kInt64,
             is_bool = src.dtype == DType::kBool;
  if (!((is_float && f.takes_floats) || (is_integer && f.takes_integers) ||
        (is_bool && f.takes_bools)))
    in.fail_unsupported("elements of type ", dtype_name(src.dtype));
  if (src.shape.size() > kMaxRank) in.fail_unsupported("an input of rank ", src.shape.size());
  Reduce op(*this);
  op.options_.axes = axes(in);
  const auto rank = std::max<std::int64_t>(static_cast<std::int64_t>(src.shape.size()), 1);
  for (std::int64_t axis : op.options_.axes) {
    if (axis < -rank || axis >= rank) in.fail("axis ", axis, " of an input ", src.shape);
  }
  const std::uint32_t bits = bits_of(op.options_, src.shape.size());
  Shape dst;
  for (std::size_t i = 0; i < src.shape.size(); ++i) {
    const bool is_reduced = (bits >> i & 1U) != 0;
    if (!is_reduced)
      dst.push_back(src.shape[i]);
    else if (options_.keep_dims)
      dst.push_back(1);
  }
  in.set_output(0, {result_type(src.dtype), dst});
}

void Reduce::run_reference(const Operands& o) const {
  const TensorView& src = o.input(kX);
  const kernels::ReduceShape shape =
      kernels::reduce_shape(src.shape, bits_of(options_, src.shape.size()));
  const auto run = [&]<class T>(T) {
    kernels::reduce_reference(kind_, shape, src.as<const T>(),
                              store_for<kernels::Wide<T>>(o.output().dtype), o.output().data,
                              *o.pool);
  };
  src.dtype == DType::kBool ? run(bool{}) : visit_arithmetic(src.dtype, run);
}

std::shared_ptr<const Operator> Reduce::specialized(Inference& in) const {
  if (!in.has(kAxisTensor) && !in.has(kAxisTensorList)) return nullptr;
  auto op = make_mutable_operator<Reduce>(*this);
  op->options_.axes = axes(in);
  return op;
}

bool Reduce::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Reduce&>(other).options_.axes == options_.axes;
}

double Reduce::work(const Graph& graph, const Node& node) const {
  const double factor = kind_ == ReduceKind::kLogSumExp ? 10 : 1;  // exponentials
  return factor * Operator::work(graph, node);
}

Description Reduce::describe() const {
  return {{"dim", options_.axes.empty() ? "all" : to_string(options_.axes)},
          {"keep_dim", options_.keep_dims ? "true" : "false"}};
}

bool Reduce::keeps_images_apart(const Graph& graph, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  const std::size_t rank = graph.type_of(node.input(kX)).shape.size();
  return rank > 0 && (bits_of(options_, rank) & 1U) == 0 && only_images_in(node, roles, {kX});
}

}  // namespace u2net::engine
