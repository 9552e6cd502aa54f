// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/classify.h"

#include <cmath>
#include <type_traits>

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr const OpType* kTypes[] = {&kIsNan, &kIsInf, &kIsFinite};  // by class

template <class T>
NumberClass class_of(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) return NumberClass::kNan;
    if (std::isinf(value)) return NumberClass::kInfinite;
  }
  return NumberClass::kFinite;
}

}  // namespace

constexpr OpType kIsNan{"isnan_v2", kInputs, kOutputs};
constexpr OpType kIsInf{"isinf_v2", kInputs, kOutputs};
constexpr OpType kIsFinite{"isfinite_v2", kInputs, kOutputs};

Classify::Classify(NumberClass wanted)
    : Operator(*kTypes[static_cast<std::size_t>(wanted)]), wanted_(wanted) {}

void Classify::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  in.set_output(0, {DType::kBool, in.input(0).shape});
}

void Classify::run_reference(const Operands& o) const {
  visit_dtype(o.input(0).dtype, [&]<class T>(T) {
    const T* src = o.input(0).as<const T>();
    bool* dst = o.output().as<bool>();
    for (std::int64_t i = 0; i < o.output().size(); ++i) dst[i] = class_of(src[i]) == wanted_;
  });
}

bool Classify::keeps_images_apart(const Graph&, const Node& node,
                                  const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

}  // namespace u2net::engine
