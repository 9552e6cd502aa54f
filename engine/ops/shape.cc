// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine/ops/op_list.h"

namespace u2net {
namespace {

constexpr SlotInfo kInputs[] = {{"Input"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

// The dimensions of the input as an int32 tensor [rank].
class ShapeOf : public Operator {
 public:
  ShapeOf() : Operator(kShape) {}

  void infer(Inference& in) const override {
    in.set_output(0, {DType::kInt32, {static_cast<std::int64_t>(in.input(0).shape.size())}});
  }
  void run_reference(const Operands& o) const override {
    const Shape& shape = o.input(0).shape;
    std::copy(shape.begin(), shape.end(), o.output().as<std::int32_t>());
  }
  bool reads_shape_only() const override { return true; }
  Attributes attributes() const override { return {}; }
};

std::shared_ptr<const Operator> decode(const AttributeReader&) { return std::make_shared<ShapeOf>(); }

}  // namespace

constexpr OpType kShape{"shape", kInputs, kOutputs, decode};

}  // namespace u2net
