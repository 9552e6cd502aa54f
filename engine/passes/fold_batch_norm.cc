// SPDX-License-Identifier: Apache-2.0
// y = conv2d(x, w [, b]);  z = batch_norm(y; scale, bias, mean, variance)      where nobody else
// reads y; conv2d_transpose alike
//   ->  z = conv2d(x, w * a, (b - mean) * a + bias),  a = scale / sqrt(variance + epsilon)  a
//   channel
// What the normalisation says of its results stays with the convolution.
#include <cmath>
#include <memory>
#include <utility>

#include "engine/ops/batch_norm.h"
#include "engine/ops/conv2d.h"
#include "engine/passes/channel_weights.h"
#include "engine/passes/pass.h"

namespace u2net::engine {
namespace {

// Of looking at the statistics: many nodes may share a large one.
Cost cost_of_reading(const Graph& graph, const Node& norm) {
  const Tensor* variance = graph.constant(norm.input(BatchNorm::kVariance));
  return {.bytes = 0, .work = variance ? static_cast<double>(variance->size()) : 0};
}

// Whether all are float32 constants with one element a channel, and no deviation is 0.
bool collect(const Graph& graph, const Node& norm, std::int64_t channels,
             const Tensor* statistics[4]) {
  for (int i = 0; i < 4; ++i) {
    statistics[i] = graph.constant(norm.input(BatchNorm::kScale + i));
    if (!statistics[i] || statistics[i]->dtype() != DType::kFloat32 ||
        statistics[i]->size() != channels)
      return false;
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
  for (Node& node : graph.nodes) {
    const std::int64_t channels = foldable_channels(graph, node);
    const Use* use = channels > 0 ? connections.sole_use(node.output()) : nullptr;
    const BatchNorm* norm =
        use && use->slot == BatchNorm::kSrc ? op_as<BatchNorm>(graph.nodes[use->node]) : nullptr;
    if (!norm || !budget.take(cost_of_reading(graph, graph.nodes[use->node]))) continue;
    const Tensor* statistics[4];
    if (!collect(graph, graph.nodes[use->node], channels, statistics)) continue;
    ChannelLines lines(channels);
    auto said = std::make_shared<ChannelStatistics>();
    for (std::size_t c = 0; c < lines.factor.size(); ++c) {
      const auto statistic = [&](int i) { return double{statistics[i]->values<float>()[c]}; };
      lines.before[c] = -statistic(2);
      lines.factor[c] = statistic(0) / std::sqrt(statistic(3) + double{norm->epsilon()});
      lines.after[c] = statistic(1);
      said->mean.push_back(statistics[1]->values<float>()[c]);
      said->deviation.push_back(
          static_cast<float>(std::fabs(lines.factor[c]) * std::sqrt(statistic(3))));
    }
    if (!fold_into_weights(graph, connections, node, graph.nodes[use->node], lines, budget))
      continue;
    if (const Conv2d* conv = op_as<Conv2d>(node)) {
      auto with_statistics = make_mutable_operator<Conv2d>(*conv);
      with_statistics->statistics = std::move(said);
      node.op = std::move(with_statistics);
    }
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
