// SPDX-License-Identifier: Apache-2.0
// A graph under construction whose values are known while it grows: each node is evaluated with the
// reference kernels as soon as it is added, so that what is added next can be chosen to fit, and
// with every element comes how far it may be off in another mode.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/graph/tensor.h"
#include "loader/paddle/attributes.h"

namespace u2net::fuzz {
using namespace engine;

// What is known of a value.
struct Traced {
  Tensor value;
  // An entry an element: how far another evaluation may be off. Infinite where it may be anything,
  // and empty where it must be equal.
  std::vector<float> slack;
  // All elements, and all sums that lead to them, are multiples of 2^-grid and below `reach`;
  // where that fits float32's 24 bits nothing is ever rounded. -1: not known.
  int grid = -1;
  double reach = 0;
  double terms = 1;      // that were added up by the convolution behind it, if any
  double magnifies = 1;  // what is flushed of a product or of a weight there

  bool is_exact() const { return slack.empty(); }
};

using TracedSlots = std::vector<std::vector<const Traced*>>;

// What a run with one set of inputs gives.
struct Trace {
  std::vector<Traced> values;  // by ValueId
  // A size follows from elements that may be off: modes may disagree about shapes, too.
  bool sizes_may_differ = false;
};

// Values that were given, not computed.
Traced given(Tensor tensor);

// See slack.cc. Of all results of a node, the one of that index. `transforms`: convolutions may run
// by Winograd's method.
Traced traced_result(const Node& node, const TracedSlots& inputs,
                     const std::vector<TensorType>& types, std::size_t index, Tensor result,
                     bool transforms);

class TracedGraph {
 public:
  using Slots = std::vector<std::pair<std::string_view, std::vector<ValueId>>>;

  explicit TracedGraph(bool transforms) : transforms_(transforms) {}

  // `declared`: with -1 where other sizes may be tried.
  ValueId input(Tensor first, Shape declared);
  ValueId constant(Tensor tensor);
  // The first of so many results, which have ids that follow each other. Nothing where the operator
  // refuses its operands or would take too long.
  std::optional<ValueId> op(std::string_view type, const Slots& inputs, Attributes attributes = {},
                            std::size_t results = 1);
  void output(ValueId id);

  const Traced& operator[](ValueId id) const { return trace_.values[static_cast<std::size_t>(id)]; }
  const Shape& shape(ValueId id) const { return (*this)[id].value.shape(); }
  DType dtype(ValueId id) const { return (*this)[id].value.dtype(); }
  bool is_constant(ValueId id) const { return graph_.constant(id) != nullptr; }
  std::size_t value_count() const { return graph_.values.size(); }
  std::size_t node_count() const { return graph_.nodes.size(); }

  // As a loader would give it: no type of a computed value is known.
  Graph graph() const;
  Trace& trace() { return trace_; }
  const std::vector<Tensor>& first_inputs() const { return inputs_; }
  // The same for other inputs.
  enum class Answer { kRuns, kRefuses, kTakesTooLong };
  Answer trace(std::span<const Tensor> inputs, Trace& result) const;

 private:
  bool add_to(Graph& graph, Trace& trace, const Node& node) const;

  bool transforms_;
  Graph graph_;  // with all types
  std::vector<Shape> declared_;
  std::vector<Tensor> inputs_;
  Trace trace_;
};

// The program as text, for people.
std::string to_text(const Graph& graph, const Trace& trace);

}  // namespace u2net::fuzz
