// SPDX-License-Identifier: Apache-2.0
// y = conv2d(x, w [, b]);  z = batch_norm(y; scale, bias, mean, variance)      where nobody else
// reads y
//   ->  z = conv2d(x, w * a, (b - mean) * a + bias),  a = scale / sqrt(variance + epsilon)  a
//   channel
// computed in double and rounded once; not where that overflows, as an infinite weight makes NaN of
// a zero. What the normalisation says of its results stays with the convolution.
#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "engine/base/text.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/conv2d.h"
#include "engine/passes/pass.h"

namespace u2net::engine {
namespace {

struct Folded {
  Tensor filter, bias;
  std::shared_ptr<ChannelStatistics> statistics = std::make_shared<ChannelStatistics>();

  bool is_finite() const {
    const auto finite = [](float v) { return std::isfinite(v); };
    return std::ranges::all_of(filter.values<float>(), finite) &&
           std::ranges::all_of(bias.values<float>(), finite);
  }
};

Folded fold(const Tensor& filter, const Tensor* bias, const Tensor* const statistics[4],
            float epsilon) {
  const std::int64_t channels = filter.shape()[0];
  const std::int64_t per_channel = filter.size() / channels;
  Folded folded{Tensor(DType::kFloat32, filter.shape()), Tensor(DType::kFloat32, {channels})};
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto statistic = [&](int i) { return double{statistics[i]->values<float>()[c]}; };
    const double a = statistic(0) / std::sqrt(statistic(3) + double{epsilon});
    const double b = bias ? double{bias->values<float>()[c]} : 0.0;
    folded.bias.values<float>()[c] = static_cast<float>((b - statistic(2)) * a + statistic(1));
    folded.statistics->mean.push_back(statistics[1]->values<float>()[c]);
    folded.statistics->deviation.push_back(
        static_cast<float>(std::fabs(a) * std::sqrt(statistic(3))));
    for (std::int64_t i = c * per_channel; i < (c + 1) * per_channel; ++i) {
      folded.filter.values<float>()[i] = static_cast<float>(double{filter.values<float>()[i]} * a);
    }
  }
  return folded;
}

// Of looking at the statistics: many nodes may share a large one.
Cost cost_of_reading(const Graph& graph, const Node& norm) {
  const Tensor* variance = graph.constant(norm.input(BatchNorm::kVariance));
  return {.bytes = 0, .work = variance ? static_cast<double>(variance->size()) : 0};
}

// The weights of the pair, or false where one is not a float32 constant with one element a channel.
bool collect(const Graph& graph, const Node& conv, const Node& norm, const Tensor*& filter,
             const Tensor*& bias, const Tensor* statistics[4]) {
  filter = graph.constant(conv.input(Conv2d::kFilter));
  bias = graph.constant(conv.input(Conv2d::kBias));
  if (!filter || filter->dtype() != DType::kFloat32 || filter->shape().size() != 4 ||
      filter->size() == 0) {
    return false;
  }
  const auto fits = [&](const Tensor* t) {
    return t && t->dtype() == DType::kFloat32 && t->size() == filter->shape()[0];
  };
  if (conv.has_input(Conv2d::kBias) && !fits(bias)) return false;
  for (int i = 0; i < 4; ++i) {
    statistics[i] = graph.constant(norm.input(BatchNorm::kScale + i));
    if (!fits(statistics[i])) return false;
  }
  const float epsilon = op_as<BatchNorm>(norm)->epsilon();
  for (float v : statistics[3]->values<float>()) {
    if (!(v + epsilon > 0)) return false;  // left in place: shape inference reports it
  }
  return true;
}

}  // namespace

bool fold_batch_norm(Graph& graph, WorkBudget& budget) {
  const Connections connections(graph);
  bool changed = false;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Conv2d* conv = graph.nodes[n].op ? op_as<Conv2d>(graph.nodes[n]) : nullptr;
    if (!conv || conv->is_fused() || graph.nodes[n].has_input(Conv2d::kResidual)) continue;
    const Use* use = connections.sole_use(graph.nodes[n].output());
    const BatchNorm* norm =
        use && use->slot == BatchNorm::kSrc ? op_as<BatchNorm>(graph.nodes[use->node]) : nullptr;
    if (!norm || !budget.take(cost_of_reading(graph, graph.nodes[use->node]))) continue;
    const Tensor *filter, *bias, *statistics[4];
    if (!collect(graph, graph.nodes[n], graph.nodes[use->node], filter, bias, statistics)) continue;
    // Where others read the filter, each batch norm makes another one of it.
    const auto elements = static_cast<double>(filter->size() + 3 * filter->shape()[0]);
    if (!budget.take({.bytes = elements * sizeof(float), .work = elements})) continue;
    Folded folded = fold(*filter, bias, statistics, norm->epsilon());
    if (!folded.is_finite()) continue;
    Node& after = graph.nodes[use->node];
    // One at a time: all filters twice may be more than there is memory for.
    if (connections.sole_use(graph.nodes[n].input(Conv2d::kFilter)))
      graph.values[graph.nodes[n].input(Conv2d::kFilter)].constant = nullptr;
    const ValueId filter_id =
        graph.add_constant(str_cat(after.name, ".filter"), std::move(folded.filter));
    const ValueId bias_id =
        graph.add_constant(str_cat(after.name, ".bias"), std::move(folded.bias));
    Node& node = graph.nodes[n];
    node.inputs[Conv2d::kFilter] = {filter_id};
    node.inputs[Conv2d::kBias] = {bias_id};
    auto with_statistics = make_mutable_operator<Conv2d>(*conv);
    with_statistics->statistics = std::move(folded.statistics);
    node.op = std::move(with_statistics);
    take_place_of(node, after);
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
