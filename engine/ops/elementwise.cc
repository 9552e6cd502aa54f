// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/elementwise.h"

#include <algorithm>

#include "engine/ops/op_list.h"

namespace u2net {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}, {"Y"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

std::shared_ptr<const Operator> decode_add(const AttributeReader& attributes) {
  return std::make_shared<Elementwise>(attributes, kElementwiseAdd, kernels::BinaryKind::kAdd);
}
std::shared_ptr<const Operator> decode_mul(const AttributeReader& attributes) {
  return std::make_shared<Elementwise>(attributes, kElementwiseMul, kernels::BinaryKind::kMultiply);
}

// `small` with ones in front and behind, so that its first dimension lands at `axis` of `rank`.
std::optional<Shape> extend(Shape small, std::size_t rank, std::int64_t axis) {
  if (axis == -1) axis = static_cast<std::int64_t>(rank - small.size());
  if (axis < 0 || axis > static_cast<std::int64_t>(rank)) return std::nullopt;
  while (!small.empty() && static_cast<std::size_t>(axis) + small.size() > rank && small.back() == 1) {
    small.pop_back();
  }
  if (static_cast<std::size_t>(axis) + small.size() > rank) return std::nullopt;
  Shape extended(rank, 1);
  std::copy(small.begin(), small.end(), extended.begin() + axis);
  return extended;
}

}  // namespace

constexpr OpType kElementwiseAdd{"elementwise_add", kInputs, kOutputs, decode_add};
constexpr OpType kElementwiseMul{"elementwise_mul", kInputs, kOutputs, decode_mul};

Elementwise::Elementwise(const AttributeReader& attributes, const OpType& type, kernels::BinaryKind kind)
    : Operator(type), kind_(kind), axis_(attributes.integer("axis", -1)) {
  for (const char* legacy : {"Scale_x", "Scale_y", "Scale_out"}) {
    if (attributes.real(legacy, 1.0) != 1.0) attributes.fail(legacy, "is not 1: a quantised program");
  }
}

std::optional<Elementwise::Aligned> Elementwise::align(const Shape& x, const Shape& y) const {
  const std::size_t rank = std::max(x.size(), y.size());
  const std::optional<Shape> ax = x.size() == rank ? x : extend(x, rank, axis_);
  const std::optional<Shape> ay = y.size() == rank ? y : extend(y, rank, axis_);
  if (!ax || !ay) return std::nullopt;
  Aligned aligned{*ax, *ay, Shape(rank)};
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t a = aligned.x[i], b = aligned.y[i];
    if (a != b && a != 1 && b != 1) return std::nullopt;
    aligned.dst[i] = a == 1 ? b : a;
  }
  return aligned;
}

void Elementwise::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  const TensorType &x = in.input(kX), &y = in.input(kY);
  if (x.dtype != y.dtype) {
    in.fail("X is " + std::string(dtype_name(x.dtype)) + ", Y is " + std::string(dtype_name(y.dtype)));
  }
  const std::optional<Aligned> aligned = align(x.shape, y.shape);
  if (!aligned) {
    in.fail("X " + to_string(x.shape) + " and Y " + to_string(y.shape) + " do not broadcast (axis " +
            std::to_string(axis_) + ")");
  }
  in.set_output(0, {x.dtype, aligned->dst});
}

void Elementwise::run_reference(const Operands& o) const {
  const Aligned a = *align(o.input(kX).shape, o.input(kY).shape);
  const kernels::BinaryShape shape{a.x, a.y, a.dst};
  const auto run = [&]<class T>(T) {
    kernels::binary_reference(kind_, shape, o.input(kX).as<const T>(), o.input(kY).as<const T>(),
                              o.output().as<T>(), *o.pool);
  };
  switch (o.output().dtype) {
    case DType::kFloat64: return run(double{});
    case DType::kInt32: return run(std::int32_t{});
    case DType::kInt64: return run(std::int64_t{});
    default: return run(float{});
  }
}

std::vector<std::pair<std::string, std::string>> Elementwise::describe() const {
  return {{"axis", std::to_string(axis_)}};
}

}  // namespace u2net
