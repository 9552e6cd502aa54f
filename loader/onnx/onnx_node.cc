// SPDX-License-Identifier: Apache-2.0
#include "loader/onnx/onnx_node.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/infer.h"
#include "engine/ops/shape.h"
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
    const auto [free, is_new] = names_.insert(str_cat(name, "/", ++number));
    if (is_new) return *free;
  }
}

ValueId OnnxGraph::note(int rank, Value value) {
  ranks_.push_back(rank);
  return graph.add_value(std::move(value));
}

double first_number(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(),
                     [&]<class T>(T) { return static_cast<double>(tensor.values<T>()[0]); });
}

ValueId OnnxGraph::add_input(const std::string& name, const TensorType& type) {
  names_.insert(name);
  const bool is_known = std::ranges::all_of(type.shape, [](std::int64_t dim) { return dim > 0; });
  return note(static_cast<int>(type.shape.size()),
              {.name = name, .type = type, .type_is_known = is_known, .constant = nullptr});
}

ValueId OnnxGraph::add_constant(const std::string& name, Tensor tensor) {
  ranks_.push_back(static_cast<int>(tensor.shape().size()));
  return graph.add_constant(unique(name), std::move(tensor));
}

int OnnxGraph::length(ValueId id) const {
  const Value& value = graph.values[static_cast<std::size_t>(id)];
  const bool is_list = value.type_is_known && value.type.shape.size() == 1;
  return is_list && value.type.shape.front() <= kMaxEvaluated
             ? static_cast<int>(value.type.shape.front())
             : kUnknownRank;
}

std::vector<ValueId> OnnxGraph::add_node(std::shared_ptr<const Operator> op,
                                         std::vector<std::vector<ValueId>> inputs,
                                         const std::vector<std::string>& names, int rank,
                                         const std::string& scope) {
  if (graph.nodes.size() >= static_cast<std::size_t>(kMaxOps)) {
    throw_error(ErrorCode::kModelLimit, "the graph needs more than ", kMaxOps, " operators");
  }
  inputs.resize(op->type().inputs.size());
  std::vector<std::vector<ValueId>> outputs(op->type().outputs.size());
  std::vector<ValueId> results;
  for (const std::string& name : names) {
    results.push_back(note(rank, {.name = unique(name), .type = {}, .constant = nullptr}));
    const bool is_list = op->type().outputs.front().list;
    outputs[is_list ? 0 : results.size() - 1].push_back(results.back());
  }
  graph.nodes.push_back({.name = graph.values[static_cast<std::size_t>(results.front())].name,
                         .op = std::move(op),
                         .inputs = std::move(inputs),
                         .outputs = std::move(outputs),
                         .scope = scope});
  infer(graph.nodes.back());
  return results;
}

const Tensor* OnnxGraph::known(ValueId id) const {
  if (const Tensor* constant = graph.constant(id)) return constant;
  const auto found = evaluated_.find(id);
  return found == evaluated_.end() ? nullptr : &found->second;
}

const Tensor& OnnxGraph::value_of(ValueId id) const {
  if (const Tensor* value = known(id)) return *value;
  throw_error(ErrorCode::kModelUnsupported, "an operand that the graph computes");
}

void OnnxGraph::infer(const Node& node) {
  std::vector<ValueId> results;
  for (const auto& slot : node.outputs) results.insert(results.end(), slot.begin(), slot.end());
  const auto is_known = [&](ValueId id) {
    return graph.values[static_cast<std::size_t>(id)].type_is_known;
  };
  if (const auto* shape = dynamic_cast<const ShapeOf*>(node.op.get());
      shape && !is_known(node.input(0))) {  // of open sizes: how many there are
    if (rank(node.input(0)) == kUnknownRank) return;
    Value& value = graph.values[static_cast<std::size_t>(results.front())];
    value.type = {shape->dtype(), {rank(node.input(0))}};
    value.type_is_known = true;
    return;
  }
  for (const auto& slot : node.inputs) {
    if (!std::ranges::all_of(slot, is_known)) return;
  }
  try {
    evaluate(node, results);
  } catch (const Error&) {
    // Planning will say what is wrong with it, if anybody needs it.
  }
}

void OnnxGraph::evaluate(const Node& node, const std::vector<ValueId>& results) {
  Node copy = node;
  infer_node(
      graph, copy, [&](ValueId id) { return &value_of(id); }, &budget_);
  bool is_small = true;
  for (ValueId id : results) {
    const Shape& shape = graph.type_of(id).shape;
    ranks_[static_cast<std::size_t>(id)] = static_cast<int>(shape.size());
    is_small = is_small && element_count(shape) <= kMaxEvaluated;
  }
  if (!is_small || copy.op->work(graph, copy) > kMaxEvaluatedWork) return;
  std::vector<std::vector<TensorView>> views;
  for (const auto& slot : copy.inputs) {
    views.emplace_back();
    for (ValueId id : slot) {
      const TensorType& type = graph.type_of(id);
      const Tensor* value = known(id);
      if (copy.op->reads_shape_only()) {
        views.back().push_back({type.dtype, type.shape, nullptr});
      } else if (value && value->size() <= kMaxEvaluated) {
        views.back().push_back(value->view());
      } else {
        return;
      }
    }
  }
  std::vector<Tensor> values = evaluate_node(graph, copy, views);
  for (std::size_t i = 0; i < results.size(); ++i)
    evaluated_.emplace(results[i], std::move(values[i]));
}

void OnnxGraph::forget_types() {
  const auto value = [&](ValueId id) -> Value& {
    return graph.values[static_cast<std::size_t>(id)];
  };
  for (const Port& input : graph.inputs) value(input.value).type_is_known = false;
  for (const Node& node : graph.nodes) {
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) {
        value(id).type = {};
        value(id).type_is_known = false;
      }
    }
  }
}

ValueId OnnxNode::input(int i) const {
  if (!has(i)) fail("input ", i, " is missing");
  return inputs_[static_cast<std::size_t>(i)];
}

std::vector<ValueId> OnnxNode::all_inputs() const {
  if (inputs_.empty()) fail("it has no input");
  std::vector<ValueId> all;
  for (int i = 0; i < count(); ++i) all.push_back(input(i));
  return all;
}

int OnnxNode::known_rank(int i) const {
  if (rank(i) == kUnknownRank) fail_unsupported("an operand of open rank");
  return rank(i);
}

std::optional<double> OnnxNode::known_number(int i) const {
  const Tensor* value = known(i);
  if (value == nullptr || value->size() != 1) return std::nullopt;
  return first_number(*value);
}

ValueId OnnxNode::constant(const std::vector<std::int64_t>& integers) {
  return constant(Tensor::from<std::int64_t>({static_cast<std::int64_t>(integers.size())},
                                             std::span<const std::int64_t>(integers)));
}

ValueId OnnxNode::add(std::shared_ptr<const Operator> op, std::vector<std::vector<ValueId>> inputs,
                      int rank) {
  return graph_.add_node(std::move(op), std::move(inputs), {name()}, rank, scope_).front();
}

ValueId OnnxNode::add(std::shared_ptr<const Operator> op, SlotList inputs, int rank) {
  std::vector<std::vector<ValueId>> slots;
  for (const SlotValues& values : inputs) slots.push_back(values.list());
  return add(std::move(op), std::move(slots), rank);
}

void OnnxNode::finish(std::shared_ptr<const Operator> op, std::vector<std::vector<ValueId>> inputs,
                      int rank) {
  results_ = {add(std::move(op), std::move(inputs), rank)};
}

void OnnxNode::finish(std::shared_ptr<const Operator> op, SlotList inputs, int rank) {
  results_ = {add(std::move(op), inputs, rank)};
}

void OnnxNode::finish_all(std::shared_ptr<const Operator> op,
                          std::vector<std::vector<ValueId>> inputs, int rank, int count) {
  std::vector<std::string> names = outputs_;
  if (count > 0) names.resize(static_cast<std::size_t>(count));
  for (std::string& own : names) {
    if (own.empty()) own = name();  // nobody asks for it
  }
  results_ = graph_.add_node(std::move(op), std::move(inputs), names, rank, scope_);
}

std::vector<std::int64_t> OnnxNode::integers(int i, const char* what) const {
  const Tensor* value = graph_.known(input(i));
  if (!value) fail_unsupported(what, " that the graph computes");
  if (value->size() > kMaxEvaluated) fail(what, " of shape ", value->shape());
  return to_integers(value->view());
}

bool OnnxNode::has_list(const char* attribute, int i, int since) const {
  return opset() < since ? attributes.has(attribute) : has(i);
}

std::vector<std::int64_t> OnnxNode::list(const char* attribute, int i, int since) const {
  return opset() < since ? attributes.integers(attribute, {}) : integers(i, attribute);
}

std::int64_t OnnxNode::axis(std::int64_t axis, int rank) const {
  if (axis >= 0 && (rank == kUnknownRank || axis < rank)) return axis;
  if (rank == kUnknownRank) fail_unsupported("axis ", axis, " of an operand of open rank");
  if (axis < -rank || axis >= rank) fail("axis ", axis, " of an operand of rank ", rank);
  return axis + rank;
}

void OnnxNode::fail(const char* why) const {
  const TextPiece piece(why);
  fail_with({&piece, 1});
}

void OnnxNode::fail_unsupported(const char* what) const {
  const TextPiece piece(what);
  fail_unsupported_with({&piece, 1});
}

void OnnxNode::fail_with(TextPieces why) const {
  throw_error(ErrorCode::kModelFormat, "operator '", attributes.op_type(), "' ('", name(),
              "'): ", why);
}

void OnnxNode::fail_unsupported_with(TextPieces what) const {
  throw_error(ErrorCode::kModelUnsupported, "operator '", attributes.op_type(), "' ('", name(),
              "'): ", what, " is not supported");
}

}  // namespace u2net::engine
