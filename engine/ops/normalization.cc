// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/normalization.h"

#include <span>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {
    {"X"}, {.name = "Scale", .required = false}, {.name = "Bias", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Y"}};

const OpType& type_of(NormalizationKind kind) {
  if (kind == NormalizationKind::kLayer) return kLayerNorm;
  return kind == NormalizationKind::kInstance ? kInstanceNorm : kGroupNorm;
}

}  // namespace

constexpr OpType kLayerNorm{"layer_norm", kInputs, kOutputs};
constexpr OpType kInstanceNorm{"instance_norm", kInputs, kOutputs};
constexpr OpType kGroupNorm{"group_norm", kInputs, kOutputs};

Normalization::Normalization(const NormalizationOptions& options)
    : Operator(type_of(options.kind)), options_(options) {}

kernels::NormalizationParams Normalization::params(const Shape& src) const {
  const std::span<const std::int64_t> dims = src;
  if (options_.kind == NormalizationKind::kLayer) {
    const auto begin = static_cast<std::size_t>(options_.begin_axis);
    const std::int64_t length = element_count(dims.subspan(begin));
    return {element_count(dims.first(begin)), length, 1, length, options_.epsilon};
  }
  const std::int64_t n = src[0], c = src[1], inner = element_count(dims.subspan(2));
  const std::int64_t together =
      options_.kind == NormalizationKind::kInstance ? 1 : c / options_.groups;
  return {together > 0 ? n * (c / together) : 0, together * inner, inner, c, options_.epsilon};
}

void Normalization::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32, DType::kFloat64});
  const Shape& src = in.input(kX).shape;
  const auto rank = static_cast<std::int64_t>(src.size());
  if (options_.kind == NormalizationKind::kLayer) {
    if (options_.begin_axis < 1 || options_.begin_axis >= rank) {
      in.fail("begin_norm_axis ", options_.begin_axis, " of an input ", src);
    }
  } else if (rank < 2) {
    in.fail("input ", src, " has no channels");
  }
  if (options_.kind == NormalizationKind::kGroup && src[1] % options_.groups != 0) {
    in.fail(src[1], " channels do not divide into ", options_.groups, " groups");
  }
  const std::int64_t channels = params(src).channels;
  for (int slot : {kScale, kBias}) {
    if (!in.has(slot)) continue;
    in.require_dtype(slot, {in.input(kX).dtype});
    if (element_count(in.input(slot).shape) != channels) {
      in.fail(slot == kScale ? "Scale " : "Bias ", in.input(slot).shape, " for ", channels,
              " channels");
    }
  }
  in.set_output(0, in.input(kX));
}

void Normalization::run_reference(const Operands& o) const {
  const auto run = [&]<class T>(T) {
    const auto parameter = [&](int slot) {
      return o.has(slot) ? o.input(slot).as<const T>() : nullptr;
    };
    kernels::normalization_reference(params(o.input(kX).shape), o.input(kX).as<const T>(),
                                     parameter(kScale), parameter(kBias), o.output().as<T>(),
                                     *o.pool);
  };
  o.output().dtype == DType::kFloat64 ? run(double{}) : run(float{});
}

double Normalization::work(const Graph& graph, const Node& node) const {
  return 4 * static_cast<double>(element_count(graph.type_of(node.output()).shape)) +
         Operator::work(graph, node);  // three passes, a root and a division a row
}

Description Normalization::describe() const {
  Description all = {{"epsilon", options_.epsilon}};
  if (options_.kind == NormalizationKind::kLayer) all.add("begin_norm_axis", options_.begin_axis);
  if (options_.kind == NormalizationKind::kGroup) all.add("groups", options_.groups);
  return all;
}

bool Normalization::keeps_images_apart(const Graph&, const Node& node,
                                       const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kX});
}

}  // namespace u2net::engine
