// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/clip.h"

#include "engine/base/text.h"
#include "kernels/cast/cast.h"
#include "kernels/unary/unary.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {
    {"X"}, {.name = "Min", .required = false}, {.name = "Max", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

// The one element of a limit, as a number that holds every size exactly.
double limit_of(const TensorView& view) {
  return visit_dtype(view.dtype,
                     [&]<class T>(T) { return static_cast<double>(view.as<const T>()[0]); });
}

// The number of T's kind that is nearest: limits beyond all integers are those of the integers.
template <class T>
T as_limit(double limit) {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_integral_v<T>) {
    if (limit >= static_cast<double>(Limits::max())) return Limits::max();
    if (limit <= static_cast<double>(Limits::min())) return Limits::min();
  }
  return kernels::cast_one<T>(limit);
}

}  // namespace

constexpr OpType kClip{"clip", kInputs, kOutputs};

void Clip::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  for (int slot : {kMin, kMax}) {
    if (in.has(slot) && element_count(in.input(slot).shape) != 1) {
      in.fail(kClip.inputs[static_cast<std::size_t>(slot)].name, " ", in.input(slot).shape,
              " must have one element");
    }
  }
  in.set_output(0, in.input(kX));
}

void Clip::run_reference(const Operands& o) const {
  const double min = o.has(kMin) ? limit_of(o.input(kMin)) : options_.min;
  const double max = o.has(kMax) ? limit_of(o.input(kMax)) : options_.max;
  visit_arithmetic(o.output().dtype, [&]<class T>(T) {
    kernels::clip_reference(o.output().size(), as_limit<T>(min), as_limit<T>(max),
                            o.input(kX).as<const T>(), o.output().as<T>(), *o.pool);
  });
}

std::shared_ptr<const Operator> Clip::specialized(Inference& in) const {
  auto op = make_mutable_operator<Clip>(*this);
  for (int slot : {kMin, kMax}) {
    if (!in.has(slot)) continue;
    if (!in.constant(slot)) return nullptr;
    (slot == kMin ? op->options_.min : op->options_.max) = limit_of(in.value(slot).view());
  }
  return in.has(kMin) || in.has(kMax) ? op : nullptr;
}

bool Clip::specialized_alike(const Operator& other) const {
  const ClipOptions& o = dynamic_cast<const Clip&>(other).options_;
  return o.min == options_.min && o.max == options_.max;
}

Description Clip::describe() const { return {{"min", options_.min}, {"max", options_.max}}; }

bool Clip::keeps_images_apart(const Graph&, const Node& node,
                              const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kX});
}

}  // namespace u2net::engine
