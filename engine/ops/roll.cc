// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/roll.h"

#include <algorithm>

#include "engine/base/text.h"
#include "kernels/pad/pad.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}, {.name = "ShiftsTensor", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kRoll{"roll", kInputs, kOutputs};

Roll::Roll(Integers shifts, Integers axes)
    : Operator(kRoll), shifts_(std::move(shifts)), axes_(std::move(axes)) {}

Integers Roll::shifts_in(const Inference& in) const {
  const Integers shifts = integers_of(in, kShiftsTensor, -1, shifts_);
  if (shifts.size() != std::max<std::size_t>(axes_.size(), 1)) {
    in.fail(shifts.size(), " shifts along ", axes_.size(), " axes");
  }
  return shifts;
}

void Roll::infer(Inference& in) const {
  if (in.input(kX).shape.size() > kMaxRank)
    in.fail_unsupported("an input of rank ", in.input(kX).shape.size());
  shifts_in(in);
  checked_axes(in, axes_, in.input(kX).shape.size());
  in.set_output(0, in.input(kX));
}

// A border that wraps around, as wide as the shift, and as much cut off at the other side.
void Roll::run_reference(const Operands& o) const {
  const TensorView& src = o.input(kX);
  if (src.size() == 0) return;
  const std::int64_t count = src.size();
  std::span<const std::int64_t> shape = src.shape;
  Strides before{};
  const auto add = [&](std::size_t d, std::int64_t shift) {
    before[d] = (before[d] + shift % shape[d] + shape[d]) % shape[d];
  };
  if (axes_.empty()) {
    shape = {&count, 1};
    add(0, shifts_.front());
  }
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const std::int64_t axis =
        axes_[i] < 0 ? axes_[i] + static_cast<std::int64_t>(shape.size()) : axes_[i];
    add(static_cast<std::size_t>(axis), shifts_[i]);
  }
  const std::span<const std::int64_t> begin = std::span(before).first(shape.size());
  kernels::pad_reference({kernels::PadMode::kCircular, shape, shape, begin}, dtype_size(src.dtype),
                         nullptr, src.as<const std::byte>(), o.output().as<std::byte>(), *o.pool);
}

std::shared_ptr<const Operator> Roll::specialized(Inference& in) const {
  if (!in.has(kShiftsTensor)) return nullptr;
  return make_operator<Roll>(shifts_in(in), axes_);
}

bool Roll::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Roll&>(other).shifts_ == shifts_;
}

bool Roll::keeps_images_apart(const Graph& graph, const Node& node,
                              const std::vector<ImageRole>& roles) const {
  const auto rank = static_cast<std::int64_t>(graph.type_of(node.input(kX)).shape.size());
  const bool moves_images = axes_.empty() || std::any_of(axes_.begin(), axes_.end(), [&](auto a) {
                              return a == 0 || a == -rank;
                            });
  return !moves_images && only_images_in(node, roles, {kX}, {kShiftsTensor});
}

Description Roll::describe() const { return {{"shifts", shifts_}, {"axis", axes_}}; }

}  // namespace u2net::engine
