// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/plan.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/graph/op.h"
#include "engine/plan/memory_planner.h"

namespace u2net::engine {

TensorType Plan::batch_output(std::size_t index) const {
  TensorType type = outputs[index].type;
  if (parts > 1) type.shape.front() *= parts;
  return type;
}

std::size_t Plan::activation_bytes() const {
  std::size_t bytes = arena_bytes;
  for (std::size_t i = 0; parts > 1 && i < outputs.size(); ++i) {
    const TensorType type = batch_output(i);
    bytes += byte_count(type.dtype, type.shape);
  }
  return bytes;
}

PlanBuilder::PlanBuilder(std::shared_ptr<const Graph> graph) {
  plan_.decisions.resize(graph->nodes.size());
  plan_.graph = plan_.batch_graph = std::move(graph);
}

// Nodes are those of the graph itself, not copies.
int PlanBuilder::id_of(const Node& node) const {
  return static_cast<int>(&node - graph().nodes.data());
}

BufferId PlanBuilder::add_input(int index, std::size_t bytes) {
  plan_.buffers.push_back({.bytes = bytes, .input = index, .constant = nullptr});
  return static_cast<BufferId>(plan_.buffers.size()) - 1;
}

BufferId PlanBuilder::add_constant(std::shared_ptr<const void> memory, std::size_t bytes) {
  plan_.buffers.push_back({.bytes = bytes, .constant = std::move(memory)});
  return static_cast<BufferId>(plan_.buffers.size()) - 1;
}

BufferId PlanBuilder::add_arena(std::size_t bytes) {
  plan_.buffers.push_back({.bytes = bytes, .constant = nullptr});
  return static_cast<BufferId>(plan_.buffers.size()) - 1;
}

void PlanBuilder::place_inside(BufferId child, BufferId parent, std::size_t offset) {
  plan_.buffers[child].parent = parent;
  plan_.buffers[parent].has_children = true;
  plan_.buffers[child].offset = offset;
}

BufferId PlanBuilder::root(BufferId id) const {
  while (plan_.buffers[id].parent != kNoBuffer) id = plan_.buffers[id].parent;
  return id;
}

void PlanBuilder::add(PlannedStep step) {
  step.reads_input = std::any_of(step.reads.begin(), step.reads.end(),
                                 [&](BufferId id) { return buffer(id).input >= 0; });
  plan_.steps.push_back(std::move(step));
}

void PlanBuilder::add_step(const Node& node, std::string type, std::unique_ptr<Step> step,
                           std::vector<BufferId> reads, std::vector<BufferId> writes,
                           std::string operands) {
  add({.node = node.name,
       .type = std::move(type),
       .operands = std::move(operands),
       .step = std::move(step),
       .reads = std::move(reads),
       .writes = std::move(writes),
       .node_id = id_of(node)});
}

void PlanBuilder::add_move(ValueId value, std::string name, std::string type,
                           std::unique_ptr<Step> step, std::vector<BufferId> reads,
                           std::vector<BufferId> writes, std::string operands, const Node* node) {
  add({.node = node ? node->name : std::move(name),
       .type = std::move(type),
       .operands = std::move(operands),
       .step = std::move(step),
       .reads = std::move(reads),
       .writes = std::move(writes),
       .node_id = node ? id_of(*node) : kNoNode,
       .value = value});
}

void PlanBuilder::add_output(PlannedOutput output) { plan_.outputs.push_back(std::move(output)); }

void PlanBuilder::decide(const Node& node, Decision decision) {
  plan_.decisions[static_cast<std::size_t>(id_of(node))] = std::move(decision);
}

void PlanBuilder::decide_fallback(const Node& node, std::string_view backend, std::string why) {
  note(str_cat(node.op->type().name, " '", node.name, "' runs on the reference kernel: ", why));
  Decision& decision = plan_.decisions[static_cast<std::size_t>(id_of(node))];
  decision.is_fallback = true;
  if (decision.refusals.empty())
    decision.refusals.push_back({std::string(backend), std::move(why)});
}

void PlanBuilder::decide_precision(PrecisionDecision decision) {
  plan_.precision = std::move(decision);
  if (std::string text = to_text(plan_.precision); !text.empty()) note(std::move(text));
}

Plan PlanBuilder::finish() {
  const auto touch = [&](BufferId id, int step) {
    Plan::Buffer& b = plan_.buffers[root(id)];
    b.first = std::min(b.first, step);
    b.last = std::max(b.last, step);
  };
  const int end = static_cast<int>(plan_.steps.size());
  for (int i = 0; i < end; ++i) {
    for (BufferId id : plan_.steps[i].reads) touch(id, i);
    for (BufferId id : plan_.steps[i].writes) touch(id, i);
  }
  for (const PlannedOutput& output : plan_.outputs) touch(output.buffer, end);
  std::vector<Lifetime> lifetimes;
  std::vector<BufferId> owners;
  for (BufferId id = 0; id < static_cast<BufferId>(plan_.buffers.size()); ++id) {
    const Plan::Buffer& b = plan_.buffers[id];
    if (!is_arena(id) || b.parent != kNoBuffer || b.last < 0) continue;
    lifetimes.push_back({.bytes = b.bytes, .first = b.first, .last = b.last});
    owners.push_back(id);
    plan_.total_bytes += b.bytes;
  }
  plan_.arena_bytes = place_buffers(lifetimes);
  plan_.live_bytes = live_bytes_bound(lifetimes);
  for (std::size_t i = 0; i < owners.size(); ++i)
    plan_.buffers[owners[i]].offset = lifetimes[i].offset;
  return std::move(plan_);
}

}  // namespace u2net::engine
