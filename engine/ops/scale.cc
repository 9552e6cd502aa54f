// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/scale.h"

#include "engine/base/text.h"
#include "kernels/cast/cast.h"
#include "kernels/unary/unary.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}, {.name = "ScaleTensor", .required = false}};
constexpr SlotInfo kOneInput[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kScale{"scale", kInputs, kOutputs};
constexpr OpType kDropout{"dropout", kOneInput, kOutputs};
constexpr OpType kIncrement{"increment", kOneInput, kOutputs};

Scale::Scale(const ScaleOptions& options, const OpType& type) : Operator(type), options_(options) {}

void Scale::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  if (in.has(kScaleTensor) && element_count(in.input(kScaleTensor).shape) != 1) {
    in.fail("ScaleTensor ", in.input(kScaleTensor).shape, " must have one element");
  }
  in.set_output(0, in.input(kX));
}

void Scale::run_reference(const Operands& o) const {
  const double scale = o.has(kScaleTensor) ? float_at(o.input(kScaleTensor), 0) : options_.scale;
  visit_arithmetic(o.output().dtype, [&]<class T>(T) {
    kernels::scale_reference(o.output().size(), kernels::cast_one<T>(scale),
                             kernels::cast_one<T>(options_.bias), options_.bias_after_scale,
                             o.input(kX).as<const T>(), o.output().as<T>(), *o.pool);
  });
}

std::shared_ptr<const Operator> Scale::specialized(Inference& in) const {
  if (!in.has(kScaleTensor) || !in.constant(kScaleTensor)) return nullptr;
  auto op = make_mutable_operator<Scale>(*this);
  op->options_.scale = to_floats(in.value(kScaleTensor).view()).front();
  return op;
}

bool Scale::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Scale&>(other).options_.scale == options_.scale;
}

Description Scale::describe() const {
  return {{"scale", options_.scale},
          {"bias", options_.bias},
          {"bias_after_scale", options_.bias_after_scale ? "true" : "false"}};
}

bool Scale::keeps_images_apart(const Graph&, const Node& node,
                               const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kX});
}

}  // namespace u2net::engine
