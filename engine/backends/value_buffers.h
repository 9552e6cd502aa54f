// SPDX-License-Identifier: Apache-2.0
// Which buffer holds which value in plain row-major layout while a plan is being built, and how
// many readers each buffer still has: what decides whether memory may be taken over.
#pragma once

#include <memory>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/plan/plan.h"

namespace u2net::engine {

class ValueBuffers {
 public:
  ValueBuffers(const Graph& graph, PlanBuilder& builder);

  // The plain buffer of an input, a constant or an already assigned value; kNoBuffer for others.
  BufferId plain(ValueId id);
  void assign(ValueId id, BufferId buffer);
  // A new arena buffer for the value.
  BufferId allocate(ValueId id);

  // Adds the readers of a value to the buffer that holds it, in whatever layout.
  void add_readers(ValueId id, BufferId buffer);
  // One reader of the buffer more than the uses of its value, or one that is done.
  void retain(BufferId buffer) { ++pending_at(buffer); }
  void release(BufferId buffer) { --pending_at(buffer); }
  // The inputs of a node have one reader less, in every layout in which they exist: `layouts`, by
  // value, of what has a member `buffer`; where there is none yet, the plain one.
  template <class Layouts>
  void release_inputs(const Node& node, const Layouts& layouts) {
    for (const auto& slot : node.inputs) {
      for (ValueId id : slot) {
        if (layouts[id].empty()) release(plain(id));
        for (const auto& operand : layouts[id]) release(operand.buffer);
      }
    }
  }
  // True when only the node being built still reads the buffer and it lies in the arena on its own:
  // then the node may write its result there.
  bool may_overwrite(BufferId buffer) const;
  // True when a graph output reads the value.
  bool is_output(ValueId id) const { return is_output_[id]; }

 private:
  int& pending_at(BufferId buffer);

  const Graph& graph_;
  PlanBuilder& builder_;
  Connections connections_;
  std::vector<BufferId> plain_;  // by value
  std::vector<bool> is_output_;  // by value
  std::vector<int> pending_;     // by buffer
};

// Runs an operator with its reference kernel on plain buffers.
std::unique_ptr<Step> make_reference_step(const Graph& graph, const Node& node,
                                          std::vector<std::vector<BufferId>> inputs,
                                          std::vector<std::vector<BufferId>> outputs);

// Adds the node to the plan that way. Every input must have a plain buffer.
void add_reference_node(const Graph& graph, const Node& node, bool share_memory,
                        ValueBuffers& buffers, PlanBuilder& builder);

// Makes the plain buffers of the graph's outputs the plan's, copying those that are not in the
// arena.
void add_outputs(const Graph& graph, ValueBuffers& buffers, PlanBuilder& builder);

}  // namespace u2net::engine
