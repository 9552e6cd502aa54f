// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/batch_norm.h"

#include "engine/base/text.h"
#include "kernels/batch_norm/batch_norm.h"

namespace u2net::engine {
namespace {

// A program may leave out Scale and Bias; who loads it adds ones and zeros.
constexpr SlotInfo kInputs[] = {{"X"},
                                {.name = "Scale", .required = false},
                                {.name = "Bias", .required = false},
                                {"Mean"},
                                {"Variance"}};
constexpr SlotInfo kOutputs[] = {{"Y"}};

}  // namespace

constexpr OpType kBatchNorm{"batch_norm", kInputs, kOutputs};

BatchNorm::BatchNorm(float epsilon) : Operator(kBatchNorm), epsilon_(epsilon) {}

void BatchNorm::infer(Inference& in) const {
  const TensorType& src = in.input(kSrc);
  for (int slot = kSrc; slot <= kVariance; ++slot) {
    if (!in.has(slot)) {
      in.fail("no ", type().inputs[slot].name, ", and its mean is not a parameter");
    }
    in.require_dtype(slot, {DType::kFloat32});
  }
  if (src.shape.size() < 2) in.fail("input ", src.shape, " has no channel dimension");
  for (int slot = kScale; slot <= kVariance; ++slot) {
    const Shape& shape = in.input(slot).shape;
    if (element_count(shape) != src.shape[1]) {
      in.fail(type().inputs[slot].name, " ", shape, " for ", src.shape[1], " channels");
    }
  }
  if (const Tensor* variance = in.constant(kVariance)) {
    in.take_work(static_cast<double>(variance->size()));
    for (float v : variance->values<float>()) {
      if (!(v + epsilon_ > 0)) in.fail("variance + epsilon is ", v + epsilon_, ", expected > 0");
    }
  }
  in.set_output(0, src);
}

void BatchNorm::run_reference(const Operands& o) const {
  const Shape& shape = o.input(kSrc).shape;
  const kernels::BatchNormParams params{.n = shape[0],
                                        .channels = shape[1],
                                        .spatial = element_count(std::span(shape).subspan(2)),
                                        .epsilon = epsilon_};
  const kernels::BatchNormStatistics statistics{
      o.input(kScale).as<const float>(), o.input(kBias).as<const float>(),
      o.input(kMean).as<const float>(), o.input(kVariance).as<const float>()};
  kernels::batch_norm_reference(params, statistics, o.input(kSrc).as<const float>(),
                                o.output().as<float>(), *o.pool);
}

Description BatchNorm::describe() const { return {{"epsilon", epsilon_}}; }

bool BatchNorm::keeps_images_apart(const Graph&, const Node& node,
                                   const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kSrc});
}

}  // namespace u2net::engine
