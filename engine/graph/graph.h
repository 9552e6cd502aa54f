// SPDX-License-Identifier: Apache-2.0
// A network as data: named values, and nodes that apply an operator to them, in an order in which
// every value is computed before it is used. A Graph is a value type: copies are independent, but
// share their (immutable) weights and operators.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/graph/tensor.h"

namespace u2net::engine {

class Operator;

using ValueId = std::int32_t;
inline constexpr ValueId kNoValue = -1;

struct Value {
  std::string name;
  TensorType type;                         // of an input: as declared, -1 for any size
  bool type_is_known = false;              // true for constants, and for all after infer_shapes()
  std::shared_ptr<const Tensor> constant;  // a weight or a folded value; else null
};

struct Node {
  std::string name;  // that of its first output: unique in the graph
  std::shared_ptr<const Operator> op;
  // One list a slot of op->type().inputs / .outputs; an unconnected slot is empty.
  std::vector<std::vector<ValueId>> inputs;
  std::vector<std::vector<ValueId>> outputs;
  std::string scope =
      {};  // where in the network's code, for people: "encoder/block1"; may be empty

  ValueId input(int slot) const { return has_input(slot) ? inputs[slot].front() : kNoValue; }
  ValueId output(int slot = 0) const { return outputs[slot].front(); }
  // False as well for a slot that the operator does not have.
  bool has_input(int slot) const {
    return static_cast<std::size_t>(slot) < inputs.size() && !inputs[slot].empty();
  }
};

// An input or output as a user names it; the name outlives passes that replace the value.
struct Port {
  std::string name;
  ValueId value = kNoValue;
};

struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<Port> inputs;    // in feed order
  std::vector<Port> outputs;   // in fetch order
  std::size_t file_bytes = 0;  // of all files that it was read from; 0 for one made in memory

  ValueId add_value(Value value);
  ValueId add_constant(std::string name, Tensor tensor);
  const TensorType& type_of(ValueId id) const { return values[id].type; }
  const Tensor* constant(ValueId id) const {
    return id == kNoValue ? nullptr : values[id].constant.get();
  }
};

// Who reads a value. A graph output counts as a use without a node.
struct Use {
  int node;  // index into graph.nodes, or kOutputUse
  int slot;
};
inline constexpr int kOutputUse = -1;

// For every value its uses, and the node that computes it (or -1 for inputs and constants).
struct Connections {
  explicit Connections(const Graph& graph);
  std::vector<std::vector<Use>> uses;
  std::vector<int> producer;

  // The only reader of a value, if it is one node and one slot; else null.
  const Use* sole_use(ValueId id) const;
};

// Replaces every use of `from` (graph outputs included) by `to`.
void replace_uses(Graph& graph, ValueId from, ValueId to);

// `node` makes from now on what `end`, which read its result, made, under that one's name; `end` is
// erased.
void take_place_of(Node& node, Node& end);

// Drops the nodes whose `op` a pass has reset, keeping the order of the others.
void remove_erased_nodes(Graph& graph);

}  // namespace u2net::engine
