// SPDX-License-Identifier: Apache-2.0
#include "loader/onnx/onnx_node.h"

#include "engine/base/error.h"
#include "engine/graph/infer.h"
#include "engine/ops/cast.h"
#include "engine/ops/concat.h"
#include "engine/ops/positions.h"
#include "engine/ops/renaming.h"
#include "engine/ops/scale.h"
#include "engine/ops/shape.h"
#include "engine/ops/slice.h"
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

ValueId OnnxGraph::note(int rank, int length, Value value) {
  ranks_.push_back(rank);
  lengths_.push_back(length);
  return graph.add_value(std::move(value));
}

double first_number(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(),
                     [&]<class T>(T) { return static_cast<double>(tensor.values<T>()[0]); });
}

ValueId OnnxGraph::add_input(const std::string& name, const TensorType& type) {
  names_.insert(name);
  const bool is_list = type.shape.size() == 1 && type.shape.front() <= kMaxRank;
  return note(static_cast<int>(type.shape.size()),
              is_list ? static_cast<int>(type.shape.front()) : kUnknownRank,
              {.name = name, .type = type, .constant = nullptr});
}

ValueId OnnxGraph::add_constant(const std::string& name, Tensor tensor) {
  const bool is_list = tensor.shape().size() == 1 && tensor.size() <= kMaxEvaluated;
  ranks_.push_back(static_cast<int>(tensor.shape().size()));
  lengths_.push_back(is_list ? static_cast<int>(tensor.size()) : kUnknownRank);
  return graph.add_constant(unique(name), std::move(tensor));
}

// As exporters put a shape together: of sizes of an operand, one by one or in a row, and numbers.
int OnnxGraph::length_of(const Operator& op,
                         const std::vector<std::vector<ValueId>>& inputs) const {
  if (inputs.empty() || inputs.front().empty()) return kUnknownRank;
  const ValueId x = inputs.front().front();
  if (dynamic_cast<const ShapeOf*>(&op)) return rank(x);
  if (dynamic_cast<const Unsqueeze*>(&op)) return rank(x) == 0 ? 1 : kUnknownRank;
  if (dynamic_cast<const Cast*>(&op) || dynamic_cast<const Scale*>(&op)) return length(x);
  if (dynamic_cast<const Concat*>(&op)) {
    int total = 0;
    for (ValueId part : inputs.front()) {
      if (length(part) == kUnknownRank) return kUnknownRank;
      total += length(part);
    }
    return total <= kMaxEvaluated ? total : kUnknownRank;
  }
  const auto* slice = dynamic_cast<const Slice*>(&op);
  if (slice && length(x) != kUnknownRank && slice->options().starts.size() == 1 &&
      slice->options().ends.size() == 1 && slice->options().decrease_axis.empty()) {
    const SliceOptions& o = slice->options();
    return static_cast<int>(positions_of(o.starts[0], o.ends[0], 1, length(x)).count);
  }
  return kUnknownRank;
}

std::vector<ValueId> OnnxGraph::add_node(std::shared_ptr<const Operator> op,
                                         std::vector<std::vector<ValueId>> inputs,
                                         const std::vector<std::string>& names, int rank,
                                         const std::string& scope) {
  if (graph.nodes.size() >= static_cast<std::size_t>(kMaxOps)) {
    throw Error(ErrorCode::kModelLimit,
                "the graph needs more than " + std::to_string(kMaxOps) + " operators");
  }
  inputs.resize(op->type().inputs.size());
  std::vector<std::vector<ValueId>> outputs(op->type().outputs.size());
  std::vector<ValueId> results;
  for (const std::string& name : names) {
    results.push_back(note(rank, length_of(*op, inputs),
                           {.name = unique(name), .type = {}, .constant = nullptr}));
    const bool is_list = op->type().outputs.front().list;
    outputs[is_list ? 0 : results.size() - 1].push_back(results.back());
  }
  graph.nodes.push_back({.name = graph.values[static_cast<std::size_t>(results.front())].name,
                         .op = std::move(op),
                         .inputs = std::move(inputs),
                         .outputs = std::move(outputs),
                         .scope = scope});
  evaluate(graph.nodes.back());
  return results;
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
  try {
    Node copy = node;
    infer_node(graph, copy, [&](ValueId id) { return known(id); });
    std::vector<ValueId> results;
    for (const auto& slot : node.outputs) results.insert(results.end(), slot.begin(), slot.end());
    for (ValueId id : results) {
      if (element_count(graph.type_of(id).shape) > kMaxEvaluated) return;
    }
    if (copy.op->work(graph, copy) > kMaxEvaluatedWork) return;
    std::vector<Tensor> values = evaluate_node(graph, copy, views);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Shape& shape = values[i].shape();
      ranks_[static_cast<std::size_t>(results[i])] = static_cast<int>(shape.size());
      if (shape.size() == 1)
        lengths_[static_cast<std::size_t>(results[i])] = static_cast<int>(shape.front());
      evaluated_.emplace(results[i], std::move(values[i]));
    }
  } catch (const Error&) {
    // Planning will say what is wrong with it, if anybody needs it.
  }
}

ValueId OnnxNode::input(int i) const {
  if (!has(i)) fail("input " + std::to_string(i) + " is missing");
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
              "operator '" + std::string(attributes.op_type()) + "' ('" + name() + "'): " + why);
}

void OnnxNode::fail_unsupported(const std::string& what) const {
  throw Error(ErrorCode::kModelUnsupported, "operator '" + std::string(attributes.op_type()) +
                                                "' ('" + name() + "'): " + what +
                                                " is not supported");
}

}  // namespace u2net::engine
