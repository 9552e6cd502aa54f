// SPDX-License-Identifier: Apache-2.0
// y = conv2d(x, w [, b]);  z = elementwise_add(y, c), c constant, one element a channel (or one in
// all)
//   ->  z = conv2d(x, w, b + c)        where nobody else reads y
#include "engine/base/text.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/elementwise.h"
#include "engine/passes/pass.h"

namespace u2net::engine {
namespace {

// The elements to add to each of `channels` channels, or nothing if `c` is not a per-channel
// constant.
std::vector<double> per_channel(const Elementwise& add, const Tensor& c, std::int64_t channels) {
  if (c.dtype() != DType::kFloat32 || c.shape().size() > 4) return {};
  const auto aligned = add.align({1, channels, 1, 1}, c.shape());
  if (!aligned || aligned->dst != Shape{1, channels, 1, 1}) return {};
  std::vector<double> result(static_cast<std::size_t>(channels));
  for (std::int64_t i = 0; i < channels; ++i) result[i] = c.values<float>()[c.size() == 1 ? 0 : i];
  return result;
}

}  // namespace

bool fuse_bias(Graph& graph, WorkBudget& budget) {
  const Connections connections(graph);
  bool changed = false;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    Node& node = graph.nodes[n];
    const Conv2d* conv = node.op ? op_as<Conv2d>(node) : nullptr;
    const Tensor* filter = conv ? graph.constant(node.input(Conv2d::kFilter)) : nullptr;
    if (!filter || filter->shape().size() != 4 || node.has_input(Conv2d::kResidual) ||
        conv->is_fused()) {
      continue;
    }
    const Tensor* bias = graph.constant(node.input(Conv2d::kBias));
    if (node.has_input(Conv2d::kBias) && (!bias || bias->dtype() != DType::kFloat32)) continue;
    const Use* use = connections.sole_use(node.output());
    const Elementwise* add = use ? op_as<Elementwise>(graph.nodes[use->node]) : nullptr;
    if (!add || add->kind() != kernels::BinaryKind::kAdd) continue;
    Node& sum = graph.nodes[use->node];
    const Tensor* c = graph.constant(sum.input(1 - use->slot));
    if (!c) continue;
    const std::int64_t channels = filter->shape()[0];
    const auto elements = static_cast<double>(channels);
    if (!budget.take({.bytes = elements * sizeof(float), .work = 4 * elements})) continue;
    std::vector<double> total = per_channel(*add, *c, channels);
    if (total.empty() || (bias && bias->size() != channels)) continue;
    Tensor folded(DType::kFloat32, {channels});
    for (std::int64_t i = 0; i < channels; ++i) {
      folded.values<float>()[i] =
          static_cast<float>(total[i] + (bias ? double{bias->values<float>()[i]} : 0.0));
    }
    const ValueId folded_id = graph.add_constant(str_cat(sum.name, ".bias"), std::move(folded));
    Node fused = graph.nodes[n];
    fused.name = sum.name;
    fused.inputs[Conv2d::kBias] = {folded_id};
    fused.outputs = sum.outputs;
    sum.op = nullptr;
    graph.nodes[n] = std::move(fused);
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
