// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/bitwise.h"

#include <type_traits>

#include "engine/base/text.h"
#include "engine/ops/broadcast.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}, {"Y"}};
constexpr SlotInfo kOneInput[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr const OpType* kTypes[] = {&kBitwiseAnd, &kBitwiseOr, &kBitwiseXor};  // by kind

void require_bits(const Inference& in) {
  in.require_dtype(
      0, {DType::kBool, DType::kUInt8, DType::kInt8, DType::kInt16, DType::kInt32, DType::kInt64});
}

}  // namespace

constexpr OpType kBitwiseAnd{"bitwise_and", kInputs, kOutputs};
constexpr OpType kBitwiseOr{"bitwise_or", kInputs, kOutputs};
constexpr OpType kBitwiseXor{"bitwise_xor", kInputs, kOutputs};
constexpr OpType kBitwiseNot{"bitwise_not", kOneInput, kOutputs};

Bitwise::Bitwise(kernels::BitwiseKind kind)
    : Operator(*kTypes[static_cast<std::size_t>(kind)]), kind_(kind) {}

void Bitwise::infer(Inference& in) const {
  require_bits(in);
  const TensorType &x = in.input(kX), &y = in.input(kY);
  if (x.dtype != y.dtype) {
    in.fail("X is ", dtype_name(x.dtype), ", Y is ", dtype_name(y.dtype));
  }
  const std::optional<AlignedOperands> aligned = align_operands(x.shape, y.shape, -1);
  if (!aligned) in.fail("X ", x.shape, " and Y ", y.shape, " do not broadcast");
  const auto dst = aligned->span(aligned->dst);
  in.set_output(0, {x.dtype, Shape(dst.begin(), dst.end())});
}

void Bitwise::run_reference(const Operands& o) const {
  const AlignedOperands all = *align_operands(o.input(kX).shape, o.input(kY).shape, -1);
  const kernels::BinaryShape shape{all.span(all.x), all.span(all.y), all.span(all.dst)};
  visit_dtype(o.output().dtype, [&]<class T>(T) {
    if constexpr (std::is_integral_v<T>) {
      kernels::bitwise_reference(kind_, shape, o.input(kX).as<const T>(), o.input(kY).as<const T>(),
                                 o.output().as<T>(), *o.pool);
    }
  });
}

bool Bitwise::keeps_images_apart(const Graph& graph, const Node& node,
                                 const std::vector<ImageRole>& roles) const {
  return only_images_or_repeated(graph, node, roles);
}

void BitwiseNot::infer(Inference& in) const {
  require_bits(in);
  in.set_output(0, in.input(0));
}

void BitwiseNot::run_reference(const Operands& o) const {
  visit_dtype(o.output().dtype, [&]<class T>(T) {
    const T* src = o.input(0).as<const T>();
    T* dst = o.output().as<T>();
    for (std::int64_t i = 0; i < o.output().size(); ++i) {
      if constexpr (std::is_same_v<T, bool>)
        dst[i] = !src[i];
      else if constexpr (std::is_integral_v<T>)
        dst[i] = static_cast<T>(~src[i]);
    }
  });
}

bool BitwiseNot::keeps_images_apart(const Graph&, const Node& node,
                                    const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

}  // namespace u2net::engine
