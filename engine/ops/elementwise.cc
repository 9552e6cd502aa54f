// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/elementwise.h"

#include <array>

#include "engine/base/text.h"
#include "engine/ops/broadcast.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}, {"Y"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr auto kTypes = [] {
  std::array<OpType, kernels::kBinaryFunctions.size()> types;
  for (std::size_t i = 0; i < types.size(); ++i)
    types[i] = {kernels::kBinaryFunctions[i].name, kInputs, kOutputs};
  return types;
}();

}  // namespace

const OpType& binary_type(kernels::BinaryKind kind) {
  return kTypes[static_cast<std::size_t>(kind)];
}

Elementwise::Elementwise(kernels::BinaryKind kind, std::int64_t axis)
    : Operator(binary_type(kind)), kind_(kind), axis_(axis) {}

std::optional<Elementwise::Aligned> Elementwise::align(const Shape& x, const Shape& y) const {
  const std::optional<AlignedOperands> room = align_operands(x, y, axis_);
  if (!room) return std::nullopt;
  const auto shape = [&](const AlignedOperands::Dims& dims) {
    return Shape(dims.begin(), dims.begin() + room->rank);
  };
  return Aligned{shape(room->x), shape(room->y), shape(room->dst)};
}

void Elementwise::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  const TensorType &x = in.input(kX), &y = in.input(kY);
  if (x.dtype != y.dtype) {
    in.fail("X is ", dtype_name(x.dtype), ", Y is ", dtype_name(y.dtype));
  }
  const std::optional<Aligned> aligned = align(x.shape, y.shape);
  if (!aligned) {
    in.fail("X ", x.shape, " and Y ", y.shape, " do not broadcast (axis ", axis_, ")");
  }
  in.set_output(0, {x.dtype, aligned->dst});
}

void Elementwise::run_reference(const Operands& o) const {
  const AlignedOperands room = *align_operands(o.input(kX).shape, o.input(kY).shape, axis_);
  const kernels::BinaryShape shape{room.span(room.x), room.span(room.y), room.span(room.dst)};
  visit_arithmetic(o.output().dtype, [&]<class T>(T) {
    kernels::binary_reference(kind_, shape, o.input(kX).as<const T>(), o.input(kY).as<const T>(),
                              o.output().as<T>(), *o.pool);
  });
}

Description Elementwise::describe() const { return {{"axis", axis_}}; }

bool Elementwise::keeps_images_apart(const Graph& graph, const Node& node,
                                     const std::vector<ImageRole>& roles) const {
  const Shape &x = graph.type_of(node.input(kX)).shape, &y = graph.type_of(node.input(kY)).shape;
  const std::optional<Aligned> aligned = align(x, y);
  const auto fits = [&](ValueId id, const Shape& own, const Shape& extended) {
    const ImageRole role = roles[static_cast<std::size_t>(id)];
    if (role == ImageRole::kImages) return own.size() == aligned->dst.size();
    return role == ImageRole::kFixed && !extended.empty() && extended.front() == 1;
  };
  return aligned && fits(node.input(kX), x, aligned->x) && fits(node.input(kY), y, aligned->y);
}

}  // namespace u2net::engine
