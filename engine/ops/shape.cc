// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/shape.h"

#include <algorithm>

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"Input"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kShape{"shape", kInputs, kOutputs};

ShapeOf::ShapeOf(DType dtype) : Operator(kShape), dtype_(dtype) {}

void ShapeOf::infer(Inference& in) const {
  in.set_output(0, {dtype_, {static_cast<std::int64_t>(in.input(0).shape.size())}});
}

void ShapeOf::run_reference(const Operands& o) const {
  const Shape& shape = o.input(0).shape;
  if (dtype_ == DType::kInt64) {
    std::copy(shape.begin(), shape.end(), o.output().as<std::int64_t>());
  } else {
    std::copy(shape.begin(), shape.end(), o.output().as<std::int32_t>());
  }
}

}  // namespace u2net::engine
