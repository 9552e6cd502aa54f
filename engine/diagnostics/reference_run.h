// SPDX-License-Identifier: Apache-2.0
// A run of a graph, node by node, with the reference kernels; and one whose results are disturbed.
#pragma once

#include <random>
#include <span>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/graph/op.h"
#include "kernels/conv2d/fused_conv2d.h"

namespace u2net::engine {

// Keeps each value as long as it is needed. The graph's types are known; both outlive the object.
class ReferenceRun {
 public:
  ReferenceRun(const Graph& graph, std::span<const TensorView> inputs, kernels::ThreadPool& pool);

  struct NodeRun {
    std::vector<std::vector<TensorView>> inputs, outputs;  // by slot
    Operands operands{};
  };

  void run(const Node& node, NodeRun& r);
  // The node's inputs have one reader less.
  void release(const Node& node);
  const TensorView& view(ValueId id) const { return views_[static_cast<std::size_t>(id)]; }

 private:
  const Graph& graph_;
  kernels::ThreadPool& pool_;
  std::vector<Tensor> owned_;
  std::vector<TensorView> views_;
  std::vector<int> readers_;
};

// Two runs side by side, of which one has its results disturbed by as much as the roundings of
// kernels may move them: what the graph makes of that at its end. Node by node in the graph's
// order: run(), disturb(), release().
class DisturbedRun {
 public:
  DisturbedRun(const Graph& graph, std::span<const TensorView> inputs, kernels::ThreadPool& pool)
      : exact_(graph, inputs, pool), disturbed_(graph, inputs, pool) {}

  // The exact one of the two.
  const ReferenceRun::NodeRun& run(const Node& node);
  // Moves every result of the other by a random part of its bound, up or down; returns the bounds,
  // by result.
  std::vector<std::vector<double>> disturb(const Node& node,
                                           const kernels::RoundingModel& rounding);
  void release(const Node& node);

  const ReferenceRun& exact() const { return exact_; }
  // How far the two are apart at most: any distance where the other one had a node refused, and
  // took the exact results of that.
  double spread(ValueId id) const;

 private:
  ReferenceRun exact_, disturbed_;
  ReferenceRun::NodeRun run_, noisy_;
  bool is_refused_ = false;
  std::mt19937 random_{1};  // the same disturbance every time
};

}  // namespace u2net::engine
