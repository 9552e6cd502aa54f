// SPDX-License-Identifier: Apache-2.0
#include "loader/onnx/onnx_node.h"

#include "engine/base/error.h"
#include "engine/graph/infer.h"
#include "loader/limits.h"

namespace u2net::engine {
namespace {

// What is evaluated while loading: sizes, axes and factors.
constexpr std::int64_t kMaxEvaluated = 64;
constexpr double kMaxEvaluatedWork = 4096;

}  // namespace

std::string OnnxGraph::unique(const std::string& name) {
  if (names_.insert(name).second) return name;
  int& number = numbers_[name];  // goes on from where it was: one node may need thousands
  for (;;) {
    const auto [free, is_new] = names_.insert(name + "/" + std::to_string(++number));
    if (is_new) return *free;
  }
}

ValueId OnnxGraph::add_input(const std::string& name, const TensorType& type) {
  names_.insert(name);
  ranks_.push_back(static_cast<int>(type.shape.size()));
  return graph.add_value({.name = name, .type = type, .constant = nullptr});
}

ValueId OnnxGraph::add_constant(const std::string& name, Tensor tensor) {
  ranks_.push_back(static_cast<int>(tensor.shape().size()));
  return graph.add_constant(unique(name), std::move(tensor));
}

ValueId OnnxGraph::add_node(std::shared_ptr<const Operator> op,
                            std::vector<std::vector<ValueId>> inputs, const std::string& name,
                            int rank, const std::string& scope) {
  if (graph.nodes.size() >= static_cast<std::size_t>(kMaxOps)) {
    throw Error(ErrorCode::kModelLimit,
                "the graph needs more than " + std::to_string(kMaxOps) + " operators");
  }
  inputs.resize(op->type().inputs.size());
  ranks_.push_back(rank);
  const ValueId result = graph.add_value({.name = unique(name), .type = {}, .constant = nullptr});
  graph.nodes.push_back({.name = graph.values[static_cast<std::size_t>(result)].name,
                         .op = std::move(op),
                         .inputs = std::move(inputs),
                         .outputs = {{result}},
                         .scope = scope});
  evaluate(graph.nodes.back());
  return result;
}

const Tensor* OnnxGraph::known(ValueId id) const {
  if (const Tensor* constant = graph.constant(id)) return constant;
  const auto found = evaluated_.find(id);
  return found == evaluated_.end() ? nullptr : &found->second;
}

void OnnxGraph::evaluate(const Node& node) {
  std::vector<std::vector<TensorView>> views;
  for (const auto& slot : node.inputs) {
    views.emplace_back();
    for (ValueId id : slot) {
      const Tensor* value = known(id);
      if (!value || value->size() > kMaxEvaluated) return;
      views.back().push_back(value->view());
    }
  }
  const auto result = static_cast<std::size_t>(node.output());
  try {
    Node copy = node;
    infer_node(graph, copy, [&](ValueId id) { return known(id); });
    const Shape& shape = graph.values[result].type.shape;
    if (element_count(shape) > kMaxEvaluated || copy.op->work(graph, copy) > kMaxEvaluatedWork)
      return;
    Tensor value = std::move(evaluate_node(graph, copy, views).front());
    ranks_[result] = static_cast<int>(shape.size());
    evaluated_.emplace(node.output(), std::move(value));
  } catch (const Error&) {
    // Planning will say what is wrong with it, if anybody needs it.
  }
}

ValueId OnnxNode::input(int i) const {
  if (!has(i)) fail("input " + std::to_string(i) + " is missing");
  return inputs_[static_cast<std::size_t>(i)];
}

std::vector<std::int64_t> OnnxNode::integers(int i, const char* what) const {
  const Tensor* value = graph_.known(input(i));
  if (!value) fail_unsupported(std::string(what) + " that the graph computes");
  if (value->size() > kMaxEvaluated)
    fail(std::string(what) + " of shape " + to_string(value->shape()));
  return to_integers(value->view());
}

bool OnnxNode::has_list(std::string_view attribute, int i, int since) const {
  return opset() < since ? attributes.has(attribute) : has(i);
}

std::vector<std::int64_t> OnnxNode::list(std::string_view attribute, int i, int since) const {
  return opset() < since ? attributes.integers(attribute, {})
                         : integers(i, std::string(attribute).c_str());
}

std::int64_t OnnxNode::axis(std::int64_t axis, int rank) const {
  if (axis >= 0 && (rank == kUnknownRank || axis < rank)) return axis;
  if (rank == kUnknownRank)
    fail_unsupported("axis " + std::to_string(axis) + " of an operand of open rank");
  if (axis < -rank || axis >= rank)
    fail("axis " + std::to_string(axis) + " of an operand of rank " + std::to_string(rank));
  return axis + rank;
}

void OnnxNode::fail(const std::string& why) const {
  throw Error(ErrorCode::kModelFormat,
              "operator '" + std::string(attributes.op_type()) + "' ('" + name_ + "'): " + why);
}

void OnnxNode::fail_unsupported(const std::string& what) const {
  throw Error(ErrorCode::kModelUnsupported, "operator '" + std::string(attributes.op_type()) +
                                                "' ('" + name_ + "'): " + what +
                                                " is not supported");
}

}  // namespace u2net::engine
