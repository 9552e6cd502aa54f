// SPDX-License-Identifier: Apache-2.0
// layer_norm, instance_norm and group_norm.
#include "engine/ops/normalization.h"

#include <cmath>
#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/paddle/ops/paddle_ops.h"

namespace u2net::engine {
namespace {

template <NormalizationKind kind>
std::shared_ptr<const Operator> decode(const AttributeReader& attributes) {
  NormalizationOptions options{.kind = kind,
                               .epsilon = static_cast<float>(attributes.real("epsilon", 1e-5))};
  if (!(options.epsilon >= 0) || std::isinf(options.epsilon))
    attributes.fail("epsilon", "is negative or not finite");
  if (kind == NormalizationKind::kLayer)
    options.begin_axis = attributes.integer("begin_norm_axis", 1);
  if (kind == NormalizationKind::kGroup) {
    options.groups = attributes.integer("groups", 1);
    if (options.groups < 1) attributes.fail("groups", "is ", options.groups);
    require_nchw(attributes, "data_layout");
  }
  return make_operator<Normalization>(options);
}

Attributes encode_layer(const Operator& op) {
  const NormalizationOptions& o = encoded<Normalization>(op).options();
  return {{"begin_norm_axis", o.begin_axis}, {"epsilon", double{o.epsilon}}};
}

Attributes encode_instance(const Operator& op) {
  return {{"epsilon", double{encoded<Normalization>(op).options().epsilon}}};
}

Attributes encode_group(const Operator& op) {
  const NormalizationOptions& o = encoded<Normalization>(op).options();
  return {
      {"data_layout", std::string("NCHW")}, {"epsilon", double{o.epsilon}}, {"groups", o.groups}};
}

constexpr std::string_view kInputs[] = {"X", "Scale", "Bias"};
// The statistics, for training.
constexpr UnusedOutput kStatistics[] = {{"Mean"}, {"Variance"}};
constexpr UnusedOutput kSavedStatistics[] = {{"SavedMean"}, {"SavedVariance"}};

constexpr PaddleOp kOps[] = {
    {"group_norm", &kGroupNorm, kInputs, kYSlot, decode<NormalizationKind::kGroup>, encode_group,
     kStatistics},
    {"instance_norm", &kInstanceNorm, kInputs, kYSlot, decode<NormalizationKind::kInstance>,
     encode_instance, kSavedStatistics},
    {"layer_norm", &kLayerNorm, kInputs, kYSlot, decode<NormalizationKind::kLayer>, encode_layer,
     kStatistics},
};

}  // namespace

std::span<const PaddleOp> normalization_ops() { return kOps; }

}  // namespace u2net::engine
