// SPDX-License-Identifier: Apache-2.0
// Shape inference. Sizes that a program computes (shape -> slice -> cast -> OutSize) are found by
// evaluating just that part of the graph, so every later step knows every shape before it runs.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/graph/op.h"
#include "engine/graph/work_budget.h"

namespace u2net::engine {

struct InferenceResult {
  // For each graph input: its elements, not only its shape, decided some shape. A plan made from
  // this result holds for other elements only where this is false.
  std::vector<bool> value_decides;
};

// Does infer_node() to every node in order. `inputs` has one view a graph input; data may be null,
// and is then an error only where a shape depends on it. Throws Error; kModelLimit where the values
// that shapes depend on take more than the budget to compute.
InferenceResult infer_shapes(Graph& graph, std::span<const TensorView> inputs, WorkBudget& budget);
// Within what planning a run of the graph may take.
InferenceResult infer_shapes(Graph& graph, std::span<const TensorView> inputs);

// Sets the types of a node's results, and puts what its size inputs say into its operator: they are
// looked at here and never again (Operator::specialized). Its operands' types must be known. What
// looking at weights takes is taken from `budget`, where there is one.
void infer_node(Graph& graph, Node& node, const Inference::Evaluate& evaluate,
                WorkBudget* budget = nullptr);

// Runs one node with the reference kernels on given operands (by slot); the outputs' types must be
// known. A null data pointer is allowed for operators that read shapes only.
std::vector<Tensor> evaluate_node(const Graph& graph, const Node& node,
                                  const std::vector<std::vector<TensorView>>& inputs);

}  // namespace u2net::engine
