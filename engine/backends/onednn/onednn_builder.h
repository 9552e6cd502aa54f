// SPDX-License-Identifier: Apache-2.0
// Builds a plan of oneDNN primitives: knows which value lies where and in which layouts, adds
// reorders only where a primitive wants another layout than any that exists, and packs weights
// once.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/backends/onednn/onednn_adapter.h"
#include "engine/backends/value_buffers.h"
#include "engine/graph/graph.h"
#include "engine/plan/backend.h"
#include "engine/plan/plan.h"

namespace u2net::engine::onednn {

// What all steps of a plan share.
struct Context {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
};

// One operand of a primitive: DNNL_ARG_*, its layout and its buffer.
struct Operand {
  int argument;
  memory::desc layout;
  BufferId buffer;
};

// A value in one of the layouts in which it exists.
struct Place {
  memory::desc layout;
  BufferId buffer = kNoBuffer;
};

// Throws std::bad_alloc where that is what a call of oneDNN failed for.
void check_memory(dnnl_status_t status);

class Builder {
 public:
  Builder(const Graph& graph, const BackendOptions& options, PlanBuilder& plan);

  const Graph& graph() const { return graph_; }
  const dnnl::engine& engine() const { return context_->engine; }

  // float32 with 4 dimensions: what the primitives here take.
  bool is_image(ValueId id) const;
  memory::dims dims(ValueId id) const;
  memory::desc plain_layout(ValueId id) const;  // nchw, or the row-major layout of another rank
  memory::desc any_layout(ValueId id, memory::data_type element = memory::data_type::f32) const;
  static memory::desc plain_layout(const Shape& shape);

  // The value as its producer left it.
  Place produced(ValueId id);
  // The same, but plain where the producer padded the channels to a block and more than `factor`
  // times the elements would be touched: oneDNN has only reference implementations for many padded
  // operands.
  Place unpadded(ValueId id, double factor);
  // The value in this layout; reordered (once) where it does not exist in it.
  Place in_layout(ValueId id, const memory::desc& layout);
  BufferId plain(ValueId id) { return in_layout(id, plain_layout(id)).buffer; }
  // A new buffer that will hold the value.
  BufferId define(ValueId id, const memory::desc& layout);
  // The value will lie in a buffer that exists.
  void define_in(ValueId id, const memory::desc& layout, BufferId buffer);
  bool may_overwrite(BufferId buffer) const { return buffers_.may_overwrite(buffer); }

  // Takes so many bytes from the budget of planning, or what packed_constant() will need where that
  // is not there yet; false where it does not fit.
  bool affords(std::size_t bytes);
  bool affords_packed(ValueId id, const memory::desc& plain, const memory::desc& wanted);
  // Whether there is room for so many primitives more. What they take is counted as they are added.
  bool has_room(std::size_t primitives) const;
  // A constant in a layout that a primitive chose, packed once for all Sessions of the model.
  BufferId packed_constant(ValueId id, const memory::desc& plain, const memory::desc& wanted);

  dnnl::primitive_attr attributes() const;  // user scratchpad
  // Which implementation to take: KernelChoice::onednn_rank.
  int rank() const { return options_.kernels.onednn_rank; }
  // Whether convolutions are in bfloat16: KernelChoice::onednn_bf16.
  bool bf16() const { return options_.kernels.onednn_bf16; }
  void decide(const Node& node, Decision decision) { plan_.decide(node, std::move(decision)); }
  void add_primitive(const Node& node, const std::string& type, const dnnl::primitive& primitive,
                     const memory::desc& scratchpad, const std::string& implementation,
                     std::vector<Operand> reads, Operand write);
  // The value in another layout; for a node where that is its work.
  void add_reorder(ValueId id, const Place& from, const Place& to, const Node* node = nullptr);
  // Runs the node with the reference kernel, and says why in the plan's notes.
  void add_fallback(const Node& node, const std::string& why);

  // Lays the inputs of a channel concatenation side by side in one buffer, so that no copy is left
  // to do for those whose producers can write there. False where the layouts do not allow it.
  bool join_in_place(const Node& node);

  // To be called when the node has been built: its inputs have one reader less.
  void finish_node(const Node& node);
  void finish();

  PlanBuilder& plan() { return plan_; }

 private:
  struct PrimitiveCall {
    std::unique_ptr<Step> step;
    std::vector<BufferId> reads, writes;
  };
  PrimitiveCall primitive_call(const std::string& name, const std::string& type,
                               const dnnl::primitive& primitive, const memory::desc& scratchpad,
                               const std::string& implementation, std::vector<Operand> reads,
                               Operand write);
  void count(const std::string& type, const std::string& implementation,
             const std::vector<Operand>& operands);

  const Graph& graph_;
  const BackendOptions& options_;
  PlanBuilder& plan_;
  std::shared_ptr<Context> context_;
  ValueBuffers buffers_;
  std::vector<std::vector<Place>> layouts_;  // by value; the producer's first
  std::set<std::pair<const Tensor*, std::string>> packed_;
  std::unordered_set<std::size_t> made_;  // primitives, by what they are made for
};

// A plan of one reorder between layouts by oneDNN's names; nothing where it has no such layout or
// no such reorder.
std::optional<Plan> plan_reorder(const Shape& dims, const std::string& from, const std::string& to);

// Builds one node. Returns an empty string, or why oneDNN cannot run it.
using NodeBuilder = std::string (*)(Builder& builder, const Node& node);
struct NodeBuilding {
  NodeBuilder build = nullptr;  // null for an operator that has no primitive here
  bool of_any_rank = false;     // not of images alone
};
NodeBuilding find_node_builder(const Operator& op);
// Whether there is one that takes operators of that type.
bool has_node_builder(const OpType& type);

}  // namespace u2net::engine::onednn
