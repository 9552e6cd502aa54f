// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/infer.h"

#include <algorithm>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/choice.h"
#include "kernels/base/float_scope.h"

namespace u2net::engine {
namespace {

// Shapes depend on a handful of integers; more would be a program that computes at planning time.
constexpr std::int64_t kMaxElements = 65536;

Tensor copy_of(const TensorView& view) {
  Tensor tensor(view.dtype, view.shape);
  std::memcpy(tensor.data(), view.data, tensor.bytes());
  return tensor;
}

// Computes single values on demand, each once, from what they are computed of: without recursion,
// as a program may be as deep as it is long.
class Evaluator {
 public:
  Evaluator(const Graph& graph, std::span<const TensorView> inputs, WorkBudget& budget)
      : graph_(graph),
        inputs_(inputs),
        budget_(budget),
        producer_(graph.values.size(), -1),
        value_decides(inputs.size()) {
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      for (const auto& slot : graph.nodes[n].outputs) {
        for (ValueId id : slot) producer_[id] = static_cast<int>(n);
      }
    }
  }

  // Valid as long as this object and the graph are.
  const Tensor* value(ValueId wanted) {
    std::vector<ValueId> open{wanted};
    while (!open.empty()) {
      const ValueId id = open.back();
      if (find(id)) {
        open.pop_back();
      } else if (producer_[id] < 0) {
        known_.emplace(id, fed(id));
      } else if (const Node& node = graph_.nodes[producer_[id]]; !add_missing(node, open)) {
        compute(node);
      }
    }
    return find(wanted);
  }

 private:
  const Tensor* find(ValueId id) const {
    const Value& v = graph_.values[id];
    if (v.constant) return v.constant.get();  // takes no memory; work is the budget's concern
    if (element_count(v.type.shape) > kMaxElements) {
      throw_error(ErrorCode::kModelUnsupported,
                  "a shape depends on too large a computation, that of '", v.name, "' ",
                  v.type.shape);
    }
    const auto known = known_.find(id);
    return known == known_.end() ? nullptr : &known->second;
  }

  // The operands that have to be known first; false where there are none.
  bool add_missing(const Node& node, std::vector<ValueId>& open) const {
    if (node.op->reads_shape_only()) return false;
    const std::size_t before = open.size();
    for (const auto& slot : node.inputs) {
      for (ValueId id : slot) {
        if (!find(id)) open.push_back(id);
      }
    }
    return open.size() > before;
  }

  void compute(const Node& node) {
    budget_.demand(cost_of(graph_, node), node);
    std::vector<std::vector<TensorView>> views(node.inputs.size());
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      for (ValueId id : node.inputs[slot]) {
        const TensorType& type = graph_.type_of(id);
        views[slot].push_back(node.op->reads_shape_only()
                                  ? TensorView{type.dtype, type.shape, nullptr}
                                  : find(id)->view());
      }
    }
    std::vector<Tensor> results = evaluate_node(graph_, node, views);
    std::size_t i = 0;
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) known_.emplace(id, std::move(results[i++]));
    }
  }

  Tensor fed(ValueId id) {
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
      if (graph_.inputs[i].value != id) continue;
      if (inputs_[i].data == nullptr) {
        throw_error(ErrorCode::kInputShape, "the elements of input '", graph_.inputs[i].name,
                    "' decide a shape: they must be given");
      }
      value_decides[i] = true;
      return copy_of(inputs_[i]);
    }
    throw_error(ErrorCode::kInternal, "value '", graph_.values[id].name, "' has no producer");
  }

  const Graph& graph_;
  std::span<const TensorView> inputs_;
  WorkBudget& budget_;
  std::vector<int> producer_;
  std::unordered_map<ValueId, Tensor> known_;

 public:
  std::vector<bool> value_decides;
};

// Infers what the outputs need, and of every choice the value that is chosen alone; drops the rest.
// From the outputs back, without recursion: a node waits for what it reads.
class NeededNodes {
 public:
  NeededNodes(Graph& graph, const Inference::Evaluate& evaluate, WorkBudget& budget)
      : graph_(graph),
        evaluate_(evaluate),
        budget_(budget),
        producer_(Connections(graph).producer),
        is_inferred_(graph.nodes.size(), false) {}

  void infer() {
    for (const Port& port : graph_.outputs) need(port.value);
    while (!open_.empty()) {
      const std::size_t n = open_.back();
      Node& node = graph_.nodes[n];
      if (is_inferred_[n] || is_ready(node)) {
        if (!is_inferred_[n]) infer_node(graph_, node, evaluate_, &budget_);
        is_inferred_[n] = true;
        open_.pop_back();
      }
    }
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      if (!is_inferred_[n]) graph_.nodes[n].op = nullptr;
    }
    remove_erased_nodes(graph_);
  }

 private:
  // True where the value is still to be made.
  bool need(ValueId id) {
    const int producer = producer_[static_cast<std::size_t>(id)];
    if (producer < 0 || is_inferred_[static_cast<std::size_t>(producer)]) return false;
    open_.push_back(static_cast<std::size_t>(producer));
    return true;
  }

  bool is_ready(Node& node) {
    const auto* choice = op_as<Choice>(node);
    bool ready = true;
    for (std::size_t slot = choice ? 1 : 0; slot < node.inputs.size(); ++slot) {
      for (ValueId id : node.inputs[slot]) ready = !need(id) && ready;
    }
    if (!choice || !ready) return ready;
    const std::size_t chosen = choice->chosen(Inference(graph_, node, evaluate_, &budget_));
    const ValueId id = node.inputs[0][chosen];
    node.inputs.assign(node.inputs.size(), {});
    node.inputs[0] = {id};
    return !need(id);
  }

  Graph& graph_;
  const Inference::Evaluate& evaluate_;
  WorkBudget& budget_;
  const std::vector<int> producer_;
  std::vector<bool> is_inferred_;
  std::vector<std::size_t> open_;
};

}  // namespace

std::vector<Tensor> evaluate_node(const Graph& graph, const Node& node,
                                  const std::vector<std::vector<TensorView>>& inputs) {
  std::vector<Tensor> results;
  std::vector<std::vector<TensorView>> outputs(node.outputs.size());
  for (std::size_t slot = 0; slot < node.outputs.size(); ++slot) {
    for (ValueId id : node.outputs[slot]) {
      results.emplace_back(graph.type_of(id));
      outputs[slot].push_back(results.back().view());
    }
  }
  kernels::ThreadPool pool(1);
  const kernels::FloatScope floats;
  node.op->run_reference({&inputs, &outputs, &pool});
  return results;
}

void infer_node(Graph& graph, Node& node, const Inference::Evaluate& evaluate, WorkBudget* budget) {
  Inference inference(graph, node, evaluate, budget);
  node.op->infer(inference);
  if (std::shared_ptr<const Operator> op = node.op->specialized(inference)) node.op = std::move(op);
}

InferenceResult infer_shapes(Graph& graph, std::span<const TensorView> inputs, WorkBudget& budget) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Value& value = graph.values[graph.inputs[i].value];
    value.type = {inputs[i].dtype, inputs[i].shape};
    value.type_is_known = true;
  }
  Evaluator evaluator(graph, inputs, budget);
  const auto evaluate = [&](ValueId id) { return evaluator.value(id); };
  const bool has_branches =
      std::any_of(graph.nodes.begin(), graph.nodes.end(),
                  [](const Node& node) { return op_as<Choice>(node) != nullptr; });
  if (has_branches) {
    NeededNodes(graph, evaluate, budget).infer();
  } else {
    for (Node& node : graph.nodes) infer_node(graph, node, evaluate, &budget);
  }
  return {std::move(evaluator.value_decides)};
}

InferenceResult infer_shapes(Graph& graph, std::span<const TensorView> inputs) {
  WorkBudget budget = WorkBudget::of_plan(graph);
  return infer_shapes(graph, inputs, budget);
}

}  // namespace u2net::engine
