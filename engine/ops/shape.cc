// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine/ops/op_list.h"

namespace u2net {
namespace {

constexpr SlotInfo kInputs[] = {{"Input"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

// The dimensions of the input as a tensor [rank]: int32, or int64 as Paddle 3's shape64 gives.
class ShapeOf : public Operator {
 public:
  explicit ShapeOf(const AttributeReader& attributes)
      : Operator(kShape),
        is_long_(attributes.integer("dtype", kInt32) == static_cast<std::int64_t>(DType::kInt64)) {}

  void infer(Inference& in) const override {
    in.set_output(0, {is_long_ ? DType::kInt64 : DType::kInt32,
                      {static_cast<std::int64_t>(in.input(0).shape.size())}});
  }
  void run_reference(const Operands& o) const override {
    const Shape& shape = o.input(0).shape;
    if (is_long_) {
      std::copy(shape.begin(), shape.end(), o.output().as<std::int64_t>());
    } else {
      std::copy(shape.begin(), shape.end(), o.output().as<std::int32_t>());
    }
  }
  bool reads_shape_only() const override { return true; }
  Attributes attributes() const override {
    if (!is_long_) return {};
    return {{"dtype", static_cast<std::int64_t>(DType::kInt64)}};
  }

 private:
  static constexpr auto kInt32 = static_cast<std::int64_t>(DType::kInt32);
  bool is_long_;
};

std::shared_ptr<const Operator> decode(const AttributeReader& attributes) {
  return std::make_shared<ShapeOf>(attributes);
}

}  // namespace

constexpr OpType kShape{"shape", kInputs, kOutputs, decode};

}  // namespace u2net
