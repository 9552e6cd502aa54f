// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/compare.h"

#include <array>

#include "engine/base/text.h"
#include "engine/ops/broadcast.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}, {"Y"}};
constexpr SlotInfo kOneInput[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr auto kTypes = [] {
  std::array<OpType, kernels::kCompareFunctions.size()> types;
  for (std::size_t i = 0; i < types.size(); ++i)
    types[i] = {kernels::kCompareFunctions[i].name, kInputs, kOutputs};
  return types;
}();

}  // namespace

constexpr OpType kLogicalNot{"logical_not", kOneInput, kOutputs};

const OpType& compare_type(kernels::CompareKind kind) {
  return kTypes[static_cast<std::size_t>(kind)];
}

Compare::Compare(kernels::CompareKind kind, std::int64_t axis)
    : Operator(compare_type(kind)), kind_(kind), axis_(axis) {}

void Compare::infer(Inference& in) const {
  const TensorType &x = in.input(kX), &y = in.input(kY);
  if (x.dtype != y.dtype) {
    in.fail("X is ", dtype_name(x.dtype), ", Y is ", dtype_name(y.dtype));
  }
  const std::optional<AlignedOperands> aligned = align_operands(x.shape, y.shape, axis_);
  if (!aligned) {
    in.fail("X ", x.shape, " and Y ", y.shape, " do not broadcast (axis ", axis_, ")");
  }
  const auto dst = aligned->span(aligned->dst);
  in.set_output(0, {DType::kBool, Shape(dst.begin(), dst.end())});
}

void Compare::run_reference(const Operands& o) const {
  const AlignedOperands all = *align_operands(o.input(kX).shape, o.input(kY).shape, axis_);
  const kernels::BinaryShape shape{all.span(all.x), all.span(all.y), all.span(all.dst)};
  visit_dtype(o.input(kX).dtype, [&]<class T>(T) {
    kernels::compare_reference(kind_, shape, o.input(kX).as<const T>(), o.input(kY).as<const T>(),
                               o.output().as<bool>(), *o.pool);
  });
}

// Both of the rank of the result and images, or one repeated over the images.
bool Compare::keeps_images_apart(const Graph& graph, const Node& node,
                                 const std::vector<ImageRole>& roles) const {
  const Shape &x = graph.type_of(node.input(kX)).shape, &y = graph.type_of(node.input(kY)).shape;
  const std::optional<AlignedOperands> all = align_operands(x, y, axis_);
  const auto fits = [&](ValueId id, const Shape& own, const AlignedOperands::Dims& dims) {
    const ImageRole role = roles[static_cast<std::size_t>(id)];
    if (role == ImageRole::kImages) return own.size() == all->rank;
    return role == ImageRole::kFixed && dims[0] == 1;
  };
  return all && all->rank > 0 && fits(node.input(kX), x, all->x) && fits(node.input(kY), y, all->y);
}

Description Compare::describe() const { return {{"axis", axis_}}; }

void LogicalNot::infer(Inference& in) const { in.set_output(0, {DType::kBool, in.input(0).shape}); }

void LogicalNot::run_reference(const Operands& o) const {
  visit_dtype(o.input(0).dtype, [&]<class T>(T) {
    const T* src = o.input(0).as<const T>();
    bool* dst = o.output().as<bool>();
    for (std::int64_t i = 0; i < o.output().size(); ++i) dst[i] = src[i] == T{0};
  });
}

bool LogicalNot::keeps_images_apart(const Graph&, const Node& node,
                                    const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

}  // namespace u2net::engine
