// SPDX-License-Identifier: Apache-2.0
// Tensors that are made or repeated: of a value, of a range, of ones at places.
#include <algorithm>
#include <string>

#include "engine/base/text.h"
#include "engine/ops/cast.h"
#include "engine/ops/compare.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/expand.h"
#include "engine/ops/fill.h"
#include "engine/ops/gather.h"
#include "engine/ops/sequence.h"
#include "engine/ops/shape.h"
#include "engine/ops/transpose.h"
#include "engine/ops/where.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

using kernels::BinaryKind;

void constant_of_shape(OnnxNode& n) {
  FillOptions options{.dtype = DType::kFloat32};
  if (const auto value = n.tensors.find("value"); value != n.tensors.end()) {
    if (value->second.size() != 1) n.attributes.fail("value", "has more elements than one");
    options.dtype = value->second.dtype();
    options.value = first_number(value->second);
  }
  const Tensor* shape = n.known(0);
  if (shape != nullptr && shape->size() == 0)  // a number
    return n.finish(make_operator<FillConstant>(options), {}, 0);
  std::vector<std::vector<ValueId>> inputs(2);
  inputs[FillConstant::kShapeTensor] = {n.input(0)};
  n.finish(make_operator<FillConstant>(options), std::move(inputs), n.length(0));
}

void range(OnnxNode& n) {
  n.finish(make_operator<Range>(std::nullopt), {{n.input(0)}, {n.input(1)}, {n.input(2)}}, 1);
}

// To a shape of which a dimension of 1 keeps that of the operand, as dimensions do that are in
// front of it.
void expand(OnnxNode& n) {
  const int rank = n.rank(0);
  if (n.known(1) != nullptr && rank != kUnknownRank) {
    Integers shape = n.integers(1, "a shape");
    const auto own = static_cast<std::size_t>(rank);
    if (shape.size() > kMaxRank) n.fail_unsupported("a shape ", shape);
    if (shape.size() < own) shape.insert(shape.begin(), own - shape.size(), 1);
    for (std::size_t d = shape.size() - own; d < shape.size(); ++d) {
      if (shape[d] == 1) shape[d] = -1;
    }
    const int result = static_cast<int>(shape.size());
    return n.finish(make_operator<Expand>(std::move(shape)), {{n.input(0)}}, result);
  }
  // The product with ones, where sizes are compared as those of two operands.
  FillOptions ones{.dtype = DType::kBool, .value = 1};
  std::vector<std::vector<ValueId>> inputs(2);
  inputs[FillConstant::kShapeTensor] = {n.input(1)};
  const int length = n.length(1);
  const ValueId all = n.add(make_operator<FillConstant>(ones), std::move(inputs), length);
  n.finish(make_operator<Where>(), {{all}, {n.input(0)}, {n.input(0)}},
           length == kUnknownRank || rank == kUnknownRank ? kUnknownRank : std::max(length, rank));
}

void tile(OnnxNode& n) {
  std::vector<std::vector<ValueId>> inputs(3);
  inputs[Tile::kX] = {n.input(0)};
  Integers repeats;
  if (n.known(1) != nullptr) {
    repeats = n.integers(1, "repeats");
  } else {
    inputs[Tile::kRepeatTimes] = {n.input(1)};
  }
  n.finish(make_operator<Tile>(std::move(repeats)), std::move(inputs), n.rank(0));
}

// The new dimension comes last and moves to its place; a negative index counts from the end.
void one_hot(OnnxNode& n) {
  const Tensor* values = n.known(2);
  if (values == nullptr || values->size() != 2)
    n.fail_unsupported("values that the graph computes");
  const std::optional<double> depth = n.known_number(1);
  if (!depth) n.fail_unsupported("a depth that the graph computes");
  if (!(*depth >= 1 && *depth <= 1e9)) n.fail_unsupported("a depth of ", *depth);
  const int rank = n.known_rank(0);
  const std::int64_t axis = n.axis(n.attributes.integer("axis", -1), rank + 1);
  const auto number = [&](double v) { return n.number(static_cast<std::int64_t>(v)); };
  const ValueId index =
      n.add(make_operator<Cast>(CastOptions{.to = DType::kInt64, .from = DType::kInt64}),
            {{n.input(0)}}, rank);
  const ValueId wrapped = n.add(make_operator<Elementwise>(BinaryKind::kAdd),
                                {{index}, {number(*depth)}}, rank),
                is_negative = n.add(make_operator<Compare>(kernels::CompareKind::kLessThan),
                                    {{index}, {number(0)}}, rank),
                at = n.add(make_operator<Where>(), {{is_negative}, {wrapped}, {index}}, rank);
  ValueId hot =
      n.add(make_operator<OneHot>(OneHotOptions{.depth = static_cast<std::int64_t>(*depth),
                                                .dtype = DType::kBool,
                                                .allow_out_of_range = true}),
            {{at}}, rank + 1);
  if (axis != rank) {
    Integers order;
    for (std::int64_t d = 0; d < rank; ++d) order.push_back(d);
    order.insert(order.begin() + axis, rank);
    hot = n.add(make_operator<Transpose>(std::move(order)), {{hot}}, rank + 1);
  }
  const auto value = [&](std::int64_t i) {
    Tensor one(values->dtype(), {});
    std::copy_n(values->data() + static_cast<std::size_t>(i) * dtype_size(one.dtype()),
                dtype_size(one.dtype()), one.data());
    return n.constant(std::move(one));
  };
  n.finish(make_operator<Where>(), {{hot}, {value(1)}, {value(0)}}, rank + 1);
}

void size(OnnxNode& n) { n.finish(make_operator<SizeOf>(), {{n.input(0)}}, 0); }

constexpr OnnxOp kOps[] = {
    {"ConstantOfShape", constant_of_shape},
    {"Expand", expand},
    {"OneHot", one_hot},
    {"Range", range},
    {"Size", size},
    {"Tile", tile},
};

}  // namespace

std::span<const OnnxOp> onnx_creation_ops() { return kOps; }

}  // namespace u2net::engine
