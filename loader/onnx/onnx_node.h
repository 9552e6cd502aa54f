// SPDX-License-Identifier: Apache-2.0
// A node of an ONNX graph while it is turned into nodes of the engine's. A row of loader/onnx/ops
// is written against this: it looks at the inputs and attributes, and says what computes the
// output.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/graph/op.h"
#include "engine/graph/work_budget.h"
#include "loader/paddle/attributes.h"

namespace u2net::engine {

inline constexpr int kUnknownRank = -1;

// Of looking at weights while types are followed (engine/graph/work_budget.h); a program that needs
// more is planned with less known of it.
inline constexpr double kMaxInferredWork = 1e7;

// The first element, of any type.
double first_number(const Tensor& tensor);

// The operands of one slot of an operator, for the length of a call: none, one or a list.
class SlotValues {
 public:
  SlotValues(std::initializer_list<ValueId> values) : values_(values.begin(), values.end()) {}
  SlotValues(const std::vector<ValueId>& values) : values_(values) {}

  std::vector<ValueId> list() const { return {values_.begin(), values_.end()}; }

 private:
  std::span<const ValueId> values_;
};
// By slot; what is left out at the end is absent.
using SlotList = std::initializer_list<SlotValues>;

// The engine's graph as it grows, with what is known of its values before any size is.
class OnnxGraph {
 public:
  Graph graph;
  std::int64_t opset = 0;

  ValueId add_input(const std::string& name, const TensorType& type);
  ValueId add_constant(const std::string& name, Tensor tensor);
  // One result for each name, all of one rank. `inputs` are by slot; what is left out at the end is
  // absent. The results lie in the one slot of a list, else each in a slot of its own.
  std::vector<ValueId> add_node(std::shared_ptr<const Operator> op,
                                std::vector<std::vector<ValueId>> inputs,
                                const std::vector<std::string>& names, int rank,
                                const std::string& scope);

  // kUnknownRank where the file leaves it open.
  int rank(ValueId id) const { return ranks_[static_cast<std::size_t>(id)]; }
  // Of a list (of sizes, that is to be a shape) how many elements it has; kUnknownRank where that
  // is open.
  int length(ValueId id) const;
  // A constant, or a handful of elements that follow from constants and declared sizes; else null.
  const Tensor* known(ValueId id) const;
  // Types but those that are declared, which planning finds for the sizes of a run.
  void forget_types();

 private:
  std::string unique(const std::string& name);
  // What is known of the node's results: types where those of the operands are known, the elements
  // of small ones where they are.
  void infer(const Node& node);
  void evaluate(const Node& node, const std::vector<ValueId>& results);

  ValueId note(int rank, Value value);
  const Tensor& value_of(ValueId id) const;

  std::vector<int> ranks_;  // by value
  WorkBudget budget_{{.bytes = 0, .work = kMaxInferredWork}};
  std::unordered_map<ValueId, Tensor> evaluated_;
  std::set<std::string> names_;
  std::unordered_map<std::string, int> numbers_;  // of the latest name that was made of one
};

class OnnxNode {
 public:
  // All must outlive the object. `inputs` has kNoValue for what is left out; `outputs` has a name
  // for each, and empty ones.
  OnnxNode(OnnxGraph& graph, std::string_view type, const Attributes& attributes,
           std::vector<ValueId> inputs, std::vector<std::string> outputs, std::string scope)
      : attributes(type, attributes),
        graph_(graph),
        inputs_(std::move(inputs)),
        outputs_(std::move(outputs)),
        scope_(std::move(scope)) {}

  const AttributeReader attributes;
  std::map<std::string, Tensor, std::less<>> tensors;  // the attributes that are tensors

  std::int64_t opset() const { return graph_.opset; }
  int count() const { return static_cast<int>(inputs_.size()); }
  bool has(int i) const { return i < count() && inputs_[static_cast<std::size_t>(i)] != kNoValue; }
  ValueId input(int i) const;               // throws where it is left out
  std::vector<ValueId> all_inputs() const;  // of which none may be left out; throws for none at all
  int rank(int i) const { return graph_.rank(input(i)); }
  int output_count() const { return static_cast<int>(outputs_.size()); }
  int length(int i) const { return graph_.length(input(i)); }
  // Null where a size is open.
  const std::vector<std::int64_t>* known_shape(int i) const {
    const Value& value = graph_.graph.values[static_cast<std::size_t>(input(i))];
    return value.type_is_known ? &value.type.shape : nullptr;
  }
  // Throws where it is open.
  int known_rank(int i) const;
  // Of input i, where it follows from constants; else null.
  const Tensor* known(int i) const { return has(i) ? graph_.known(input(i)) : nullptr; }
  // The one element of input i, where it is known and has but one; else nothing.
  std::optional<double> known_number(int i) const;
  // The same as integers. Throws kModelUnsupported where it is computed, naming it so.
  std::vector<std::int64_t> integers(int i, const char* what) const;
  // What newer operator sets have as an input, from `since` on, and older ones as an attribute.
  bool has_list(const char* attribute, int i, int since) const;
  std::vector<std::int64_t> list(const char* attribute, int i, int since) const;
  // Not negative. Throws where it is out of range, or counts from an end that is not known.
  std::int64_t axis(std::int64_t axis, int rank) const;

  ValueId constant(Tensor tensor) { return graph_.add_constant(name(), std::move(tensor)); }
  ValueId constant(const std::vector<std::int64_t>& integers);  // [n]
  template <class T>
  ValueId number(T value) {  // of no dimension
    return constant(Tensor::from<T>({}, std::vector<T>{value}));
  }
  // An intermediate value.
  ValueId add(std::shared_ptr<const Operator> op, std::vector<std::vector<ValueId>> inputs,
              int rank);
  ValueId add(std::shared_ptr<const Operator> op, SlotList inputs, int rank);
  // The output.
  void finish(std::shared_ptr<const Operator> op, std::vector<std::vector<ValueId>> inputs,
              int rank);
  void finish(std::shared_ptr<const Operator> op, SlotList inputs, int rank);
  // The first `count` outputs, or all.
  void finish_all(std::shared_ptr<const Operator> op, std::vector<std::vector<ValueId>> inputs,
                  int rank, int count = 0);
  void finish_as(ValueId value) { results_ = {value}; }  // the value under another name
  // The outputs that there are, from the first one on.
  const std::vector<ValueId>& results() const { return results_; }

  [[noreturn]] void fail(const char* why) const;
  template <class... Pieces>
  [[noreturn]] inline __attribute__((always_inline)) void fail(const Pieces&... why) const {
    const TextPiece list[] = {TextPiece(why)...};
    fail_with(list);
  }
  // "... is not supported"
  [[noreturn]] void fail_unsupported(const char* what) const;
  template <class... Pieces>
  [[noreturn]] inline __attribute__((always_inline)) void fail_unsupported(
      const Pieces&... what) const {
    const TextPiece list[] = {TextPiece(what)...};
    fail_unsupported_with(list);
  }

 private:
  [[noreturn]] void fail_with(TextPieces why) const;
  [[noreturn]] void fail_unsupported_with(TextPieces what) const;
  const std::string& name() const { return outputs_.front(); }

  OnnxGraph& graph_;
  std::vector<ValueId> inputs_;
  std::vector<std::string> outputs_;
  std::string scope_;
  std::vector<ValueId> results_;
};

}  // namespace u2net::engine
