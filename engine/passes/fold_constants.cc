// SPDX-License-Identifier: Apache-2.0
// f(constants) -> constant, and shape(x) -> constant where the shape of x is known. Folding must
// stay cheap whatever a file says: convolutions are left alone, and so is what would be too large
// or does not fit into the budget. Such nodes run when the network runs.
#include <algorithm>

#include "engine/base/error.h"
#include "engine/graph/choice.h"
#include "engine/graph/infer.h"
#include "engine/graph/op.h"
#include "engine/passes/pass.h"

namespace u2net::engine {
namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 24;

bool is_foldable(const Graph& graph, const Node& node) {
  for (const auto& slot : node.inputs) {
    for (ValueId id : slot) {
      const Value& value = graph.values[id];
      if (node.op->reads_shape_only() ? !value.type_is_known : value.constant == nullptr)
        return false;
    }
  }
  return true;
}

bool is_small(const Graph& graph, const Node& node) {
  std::int64_t elements = 0;
  for (const auto& slot : node.outputs) {
    for (ValueId id : slot) elements += element_count(graph.type_of(id).shape);
  }
  return elements <= kMaxElements;
}

// Of an operand whose elements are not known: sizes, but not an image of its size, which would tie
// the graph to a number of images.
bool is_worth_keeping(const Graph& graph, const Node& node) {
  if (!node.op->reads_shape_only() || graph.constant(node.input(0))) return true;
  return graph.type_of(node.output()).shape.size() <= 1;
}

// The elements that infer_node() may look at, whether the node is folded or not: none of its
// images.
double looked_at(const Graph& graph, const Node& node) {
  double elements = 1;
  for (std::size_t slot = 1; slot < node.inputs.size(); ++slot) {
    for (ValueId id : node.inputs[slot])
      elements += static_cast<double>(element_count(graph.type_of(id).shape));
  }
  return elements;
}

}  // namespace

bool fold_constants(Graph& graph, WorkBudget& budget) {
  bool changed = false;
  const bool has_branches =
      std::any_of(graph.nodes.begin(), graph.nodes.end(),
                  [](const Node& node) { return op_as<Choice>(node) != nullptr; });
  for (Node& node : graph.nodes) {
    if (!is_foldable(graph, node)) continue;
    if (!budget.take({.bytes = 0, .work = looked_at(graph, node)})) break;
    Node planned = node;
    try {
      infer_node(graph, planned, [&](ValueId id) { return graph.constant(id); });
    } catch (const Error&) {
      if (!has_branches) throw;
      continue;  // it may be of one that is not taken: planning tells
    }
    if (node.op->macs(graph, node) > 0 || !is_worth_keeping(graph, node) ||
        !is_small(graph, node) || !budget.take(cost_of(graph, node))) {
      continue;
    }
    std::vector<std::vector<TensorView>> views(node.inputs.size());
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      for (ValueId id : node.inputs[slot]) {
        const TensorType& type = graph.type_of(id);
        views[slot].push_back(
            {type.dtype, type.shape, graph.constant(id) ? graph.constant(id)->data() : nullptr});
      }
    }
    std::vector<Tensor> results = evaluate_node(graph, planned, views);
    std::size_t result = 0;
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) {
        graph.values[id].constant = std::make_shared<const Tensor>(std::move(results[result++]));
      }
    }
    node.op = nullptr;
    changed = true;
  }
  remove_erased_nodes(graph);
  return changed;
}

}  // namespace u2net::engine
