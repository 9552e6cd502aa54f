// SPDX-License-Identifier: Apache-2.0
// A run of a graph, node by node, with the reference kernels; and one whose results are disturbed.
#pragma once

#include <random>
#include <span>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/graph/op.h"

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

// Moves every element by a random part of its bound, up or down.
void disturb(const TensorView& view, const std::vector<double>& bound, std::mt19937& random);

}  // namespace u2net::engine
