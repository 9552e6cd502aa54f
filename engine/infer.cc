// SPDX-License-Identifier: Apache-2.0
#include "engine/infer.h"

#include <cstring>

#include "engine/error.h"
#include "kernels/float_scope.h"

namespace u2net {
namespace {

// Shapes depend on a handful of integers; more would be a program that computes at planning time.
constexpr std::int64_t kMaxElements = 65536;
constexpr int kMaxDepth = 256;

Tensor copy_of(const TensorView& view) {
  Tensor tensor(view.dtype, view.shape);
  std::memcpy(tensor.data(), view.data, tensor.bytes());
  return tensor;
}

// Computes single values on demand, each once.
class Evaluator {
 public:
  Evaluator(const Graph& graph, std::span<const TensorView> inputs)
      : graph_(graph),
        inputs_(inputs),
        producer_(graph.values.size(), -1),
        value_decides(inputs.size()) {
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      for (const auto& slot : graph.nodes[n].outputs) {
        for (ValueId id : slot) producer_[id] = static_cast<int>(n);
      }
    }
  }

  Tensor value(ValueId id, int depth = 0) {
    const Value& v = graph_.values[id];
    if (depth > kMaxDepth || element_count(v.type.shape) > kMaxElements) {
      throw Error(ErrorCode::kModelUnsupported,
                  "a shape depends on too large a computation, that of '" + v.name + "' " +
                      to_string(v.type.shape));
    }
    if (v.constant) return copy_of(v.constant->view());
    if (const auto known = known_.find(id); known != known_.end())
      return copy_of(known->second.view());
    if (producer_[id] < 0) return fed(id);
    const Node& node = graph_.nodes[producer_[id]];
    std::vector<std::vector<TensorView>> views(node.inputs.size());
    std::vector<Tensor> owned;
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      for (ValueId input : node.inputs[slot]) {
        if (node.op->reads_shape_only()) {
          const TensorType& type = graph_.type_of(input);
          views[slot].push_back({type.dtype, type.shape, nullptr});
        } else {
          owned.push_back(value(input, depth + 1));
          views[slot].push_back(owned.back().view());
        }
      }
    }
    std::vector<Tensor> results = evaluate_node(graph_, node, views);
    Tensor result = copy_of(results.front().view());
    known_.emplace(id, std::move(results.front()));
    return result;
  }

 private:
  Tensor fed(ValueId id) {
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
      if (graph_.inputs[i].value != id) continue;
      if (inputs_[i].data == nullptr) {
        throw Error(ErrorCode::kInputShape, "the elements of input '" + graph_.inputs[i].name +
                                                "' decide a shape: they must be given");
      }
      value_decides[i] = true;
      return copy_of(inputs_[i]);
    }
    throw Error(ErrorCode::kInternal, "value '" + graph_.values[id].name + "' has no producer");
  }

  const Graph& graph_;
  std::span<const TensorView> inputs_;
  std::vector<int> producer_;
  std::unordered_map<ValueId, Tensor> known_;

 public:
  std::vector<bool> value_decides;
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
  ThreadPool pool(1);
  const FloatScope floats;
  node.op->run_reference({&inputs, &outputs, &pool});
  return results;
}

InferenceResult infer_shapes(Graph& graph, std::span<const TensorView> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Value& value = graph.values[graph.inputs[i].value];
    value.type = {inputs[i].dtype, inputs[i].shape};
    value.type_is_known = true;
  }
  Evaluator evaluator(graph, inputs);
  for (const Node& node : graph.nodes) {
    Inference inference(graph, node, [&](ValueId id) { return evaluator.value(id); });
    node.op->infer(inference);
  }
  return {std::move(evaluator.value_decides)};
}

}  // namespace u2net
