// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/pass_log.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "engine/passes/pass.h"
#include "kernels/base/order.h"

namespace u2net::engine {
namespace {

class Comparison {
 public:
  Comparison(const Graph& before, const Graph& after)
      : before_(before), after_(after), old_(before), new_(after) {}

  // The nodes of `before` that `node` of `after` replaces: those that made its outputs, and what
  // they alone were fed by. Empty where it is one of them, untouched but for its operands' names.
  std::set<int> replaced_by(const Node& node) const {
    std::set<int> found, makers;
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) {
        if (producer(old_, id) >= 0) makers.insert(old_.producer[id]);
      }
    }
    if (makers.size() == 1 && before_.nodes[*makers.begin()].op == node.op) return {};
    std::vector<int> open(makers.begin(), makers.end());
    while (!open.empty()) {
      const int n = open.back();
      open.pop_back();
      if (!found.insert(n).second) continue;
      for (const auto& slot : before_.nodes[n].inputs) {
        for (ValueId id : slot) {
          if (producer(old_, id) >= 0 && is_gone(id)) open.push_back(old_.producer[id]);
        }
      }
    }
    return found;
  }

  // Nobody computes it any more, nor is it a constant now.
  bool is_gone(ValueId id) const { return producer(new_, id) < 0 && !after_.constant(id); }

  bool is_alive(const Node& node) const { return producer(new_, node.output()) >= 0; }

 private:
  static int producer(const Connections& connections, ValueId id) {
    const auto index = static_cast<std::size_t>(id);
    return index < connections.producer.size() ? connections.producer[index] : -1;
  }

  const Graph& before_;
  const Graph& after_;
  Connections old_, new_;
};

}  // namespace

void PassLog::begin(const Graph& graph) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    origins_[node.output()] = {{static_cast<int>(n), node.name}};
  }
}

void PassLog::add(const Pass& pass, const Graph& before, const Graph& after) {
  if (records_.empty()) begin(before);
  PassRecord record;
  record.pass = pass.name;
  record.what = pass.what;
  record.nodes_before = static_cast<int>(before.nodes.size());
  record.nodes_after = static_cast<int>(after.nodes.size());
  const Comparison comparison(before, after);
  std::unordered_map<ValueId, std::vector<Origin>> origins;
  std::set<int> accounted;
  for (const Node& node : after.nodes) {
    const std::set<int> replaced = comparison.replaced_by(node);
    std::vector<Origin>& mine = origins[node.output()];
    if (replaced.empty()) {
      if (const auto it = origins_.find(node.output()); it != origins_.end()) mine = it->second;
      continue;
    }
    PassRecord::Fusion fusion{node.name, {}};
    for (int n : replaced) {
      fusion.from.push_back(before.nodes[n].name);
      const std::vector<Origin>& theirs = origins_[before.nodes[n].output()];
      mine.insert(mine.end(), theirs.begin(), theirs.end());
    }
    accounted.insert(replaced.begin(), replaced.end());
    kernels::sort_stably(mine,
                         [](const Origin& a, const Origin& b) { return a.position < b.position; });
    if (replaced.size() > 1) {
      record.fused.push_back(std::move(fusion));
    } else {
      record.changed.push_back(node.name);
    }
  }
  for (std::size_t n = 0; n < before.nodes.size(); ++n) {
    const Node& node = before.nodes[n];
    if (comparison.is_alive(node) || accounted.contains(static_cast<int>(n))) continue;
    (after.constant(node.output()) ? record.folded : record.removed).push_back(node.name);
  }
  origins_ = std::move(origins);
  records_.push_back(std::move(record));
}

std::vector<std::string> PassLog::origins(const Node& node) const {
  std::vector<std::string> names;
  if (records_.empty()) return {node.name};
  const auto it = origins_.find(node.output());
  if (it == origins_.end()) return names;
  for (const Origin& origin : it->second) names.push_back(origin.name);
  return names;
}

}  // namespace u2net::engine
