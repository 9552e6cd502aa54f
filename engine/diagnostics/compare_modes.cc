// SPDX-License-Identifier: Apache-2.0
#include "engine/diagnostics/compare_modes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

#include "engine/backends/backend_table.h"
#include "engine/graph/op.h"
#include "engine/run/execution.h"

namespace u2net::engine {
namespace {

// One mode's plan, with what the names of its values stand for.
struct Side {
  const Plan& plan;
  const Graph& graph;  // of the whole batch: nodes and values as in that of the plan's steps
  std::unordered_map<std::string, ValueId> values;  // computed ones, by name
  std::unordered_map<std::string, int> producers;   // nodes, by the name of a value
  Connections connections;

  explicit Side(const Plan& prepared)
      : plan(prepared), graph(*prepared.batch_graph), connections(graph) {
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      for (const auto& slot : graph.nodes[n].outputs) {
        for (ValueId id : slot) {
          values[graph.values[id].name] = id;
          producers[graph.values[id].name] = static_cast<int>(n);
        }
      }
    }
  }
};

// Sets that are joined, each known by its smallest member.
class DisjointSets {
 public:
  explicit DisjointSets(std::size_t count) : parents_(count) {
    std::iota(parents_.begin(), parents_.end(), std::size_t{0});
  }
  std::size_t find(std::size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  void join(std::size_t i, std::size_t j) {
    i = find(i);
    j = find(j);
    parents_[std::max(i, j)] = std::min(i, j);
  }

 private:
  std::vector<std::size_t> parents_;
};

// Nodes of a side whose results the other does not have belong to their first reader's group.
void join_readers(const Side& side, const Side& other, std::size_t first, DisjointSets& sets) {
  for (std::size_t n = 0; n < side.graph.nodes.size(); ++n) {
    for (const auto& slot : side.graph.nodes[n].outputs) {
      for (ValueId id : slot) {
        if (other.values.count(side.graph.values[id].name)) continue;
        for (const Use& use : side.connections.uses[id]) {
          if (use.node == kOutputUse) continue;
          sets.join(first + n, first + static_cast<std::size_t>(use.node));
          break;
        }
      }
    }
  }
}

// By node of the first side, then of the second: the smallest node of its group.
std::vector<std::size_t> group_nodes(const Side& a, const Side& b) {
  const std::size_t count = a.graph.nodes.size();
  DisjointSets sets(count + b.graph.nodes.size());
  for (const auto& [name, node] : a.producers) {
    const auto it = b.producers.find(name);
    if (it != b.producers.end())
      sets.join(static_cast<std::size_t>(node), count + static_cast<std::size_t>(it->second));
  }
  join_readers(a, b, 0, sets);
  join_readers(b, a, count, sets);
  std::vector<std::size_t> groups(count + b.graph.nodes.size());
  for (std::size_t n = 0; n < groups.size(); ++n) groups[n] = sets.find(n);
  return groups;
}

// Each word once, in order of appearance.
void add_word(std::string& text, const std::string& word, const char* between) {
  const std::string padded = between + text + between;
  if (padded.find(between + word + between) != std::string::npos) return;
  text += (text.empty() ? "" : between) + word;
}

class Comparer {
 public:
  Comparer(Session& a, Session& b, std::span<const TensorView> inputs)
      : inputs_(inputs), a_(a.prepare(inputs)), b_(b.prepare(inputs)) {
    const std::vector<std::size_t> nodes = group_nodes(a_, b_);
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      const auto [it, is_new] = index_.emplace(nodes[n], groups_.size());
      if (is_new) groups_.emplace_back();
      group_of_.push_back(it->second);
    }
    describe();
  }

  void add_times(const Profile& profile, bool first) {
    const Side& side = first ? a_ : b_;
    const std::size_t offset = first ? 0 : a_.graph.nodes.size();
    for (std::size_t s = 0; s < profile.steps.size(); ++s) {
      const StepProfile& step = profile.steps[s];
      const std::size_t group = group_of_step(side, offset, side.plan.steps[s]);
      GroupSide& part = first ? groups_[group].a : groups_[group].b;
      part.steps.push_back(s);
      part.ms += step.ms;
      add_word(part.implementations, step.implementation, " + ");
    }
  }

  void add_differences(Session& a, Session& b, std::size_t max_bytes);

  std::vector<CompareGroup> take() { return std::move(groups_); }

 private:
  void describe() {
    std::vector<int> count_a(groups_.size()), count_b(groups_.size());
    std::vector<std::string> types_a(groups_.size()), types_b(groups_.size());
    const std::size_t nodes_a = a_.graph.nodes.size();
    for (std::size_t n = 0; n < group_of_.size(); ++n) {
      const bool first = n < nodes_a;
      const Node& node = first ? a_.graph.nodes[n] : b_.graph.nodes[n - nodes_a];
      const std::size_t g = group_of_[n];
      ++(first ? count_a : count_b)[g];
      add_word((first ? types_a : types_b)[g], std::string(node.op->type().name), " ");
      if (groups_[g].result.empty() || a_.producers.count(node.name)) groups_[g].result = node.name;
    }
    for (std::size_t g = 0; g < groups_.size(); ++g)
      groups_[g].types = count_a[g] >= count_b[g] ? types_a[g] : types_b[g];
  }

  // What only moves a value belongs to the group that computes it; inputs and outputs as such have
  // one of their own.
  std::size_t group_of_step(const Side& side, std::size_t offset, const PlannedStep& step) {
    const int node = step.node_id != kNoNode
                         ? step.node_id
                         : side.connections.producer[static_cast<std::size_t>(step.value)];
    if (node != kNoNode) return group_of_[offset + static_cast<std::size_t>(node)];
    if (!moves_) {
      moves_ = groups_.size();
      groups_.emplace_back();
      groups_.back().result = "inputs and outputs";
      groups_.back().types = "reorder copy";
    }
    return *moves_;
  }

  std::span<const TensorView> inputs_;
  Side a_, b_;
  std::map<std::size_t, std::size_t> index_;  // of groups, by their smallest node
  std::vector<std::size_t> group_of_;         // by node of the first side, then of the second
  std::vector<CompareGroup> groups_;
  std::optional<std::size_t> moves_;
};

// Some of a graph's values as plain tensors, from a run of its own.
class ValueRun {
 public:
  ValueRun(const Session& session, Graph graph, const std::vector<std::string>& names,
           const Side& side, std::span<const TensorView> inputs)
      : pool_(session.threads()) {
    graph.outputs.clear();
    for (const std::string& name : names) graph.outputs.push_back({name, side.values.at(name)});
    PlanBuilder builder(std::make_shared<const Graph>(std::move(graph)));
    find_backend(session.model().mode().backend)
        ->build(backend_options(session.model(), pool_, session.options().kernels), builder);
    execution_.emplace(builder.finish());
    outputs_ = execution_->run(memory_, inputs, pool_);
  }

  const std::vector<TensorView>& outputs() const { return outputs_; }

 private:
  kernels::ThreadPool pool_;
  RunMemory memory_;
  std::optional<Execution> execution_;
  std::vector<TensorView> outputs_;
};

struct Difference {
  double largest_difference = 0, largest = 0;
};

Difference difference_of(const TensorView& a, const TensorView& b) {
  if (a.dtype != b.dtype || a.shape != b.shape) return {std::numeric_limits<double>::infinity(), 0};
  Difference d;
  visit_dtype(a.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T *x = a.as<const T>(), *y = b.as<const T>();
    for (std::int64_t i = 0; i < a.size(); ++i) {
      const double p = static_cast<double>(x[i]), q = static_cast<double>(y[i]);
      const double error = p == q || (std::isnan(p) && std::isnan(q)) ? 0 : std::fabs(p - q);
      if (!(error <= d.largest_difference))
        d.largest_difference = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
      if (std::fabs(p) > d.largest) d.largest = std::fabs(p);
    }
  });
  return d;
}

void Comparer::add_differences(Session& a, Session& b, std::size_t max_bytes) {
  std::vector<std::string> names;
  for (const Node& node : a_.graph.nodes) {
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) {
        const std::string& name = a_.graph.values[id].name;
        if (b_.values.count(name) && a_.values.at(name) == id) names.push_back(name);
      }
    }
  }
  for (std::size_t begin = 0; begin < names.size();) {
    std::vector<std::string> some;
    std::size_t bytes = 0;
    for (; begin + some.size() < names.size(); some.push_back(names[begin + some.size()])) {
      const TensorType& type = a_.graph.type_of(a_.values.at(names[begin + some.size()]));
      bytes += byte_count(type.dtype, type.shape);
      if (!some.empty() && bytes > max_bytes) break;
    }
    begin += some.size();
    const ValueRun run_a(a, a_.graph, some, a_, inputs_), run_b(b, b_.graph, some, b_, inputs_);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const Difference d = difference_of(run_a.outputs()[i], run_b.outputs()[i]);
      CompareGroup& group = groups_[group_of_[static_cast<std::size_t>(a_.producers.at(some[i]))]];
      group.compared = true;
      group.difference = std::max(group.difference, d.largest_difference);
      group.largest = std::max(group.largest, d.largest);
    }
  }
}

}  // namespace

ModeComparison compare_sessions(Session& a, Session& b, std::span<const TensorView> inputs,
                                const CompareOptions& options) {
  ModeComparison result;
  result.a = profile_session(a, inputs, options.profile);
  result.b = profile_session(b, inputs, options.profile);
  Comparer comparer(a, b, inputs);
  comparer.add_times(result.a, true);
  comparer.add_times(result.b, false);
  comparer.add_differences(a, b, options.max_bytes);
  result.groups = comparer.take();
  return result;
}

}  // namespace u2net::engine
