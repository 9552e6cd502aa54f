// SPDX-License-Identifier: Apache-2.0
// A residual connection adds (or multiplies) a value to what was computed from it. The operators
// between are a block where the value is their only source and the sum their only result.
#include <algorithm>
#include <cstddef>
#include <set>

#include "engine/graph/op.h"
#include "engine/ops/elementwise.h"
#include "tools/graph/block_paths.h"

namespace u2net::drawing {
using namespace engine;
namespace {

constexpr std::size_t kMinOperators = 3, kMaxOperators = 1000;

class Regions {
 public:
  explicit Regions(const Graph& graph)
      : graph_(graph), connections_(graph), depends_(graph.values.size(), false) {
    for (const Port& port : graph.inputs) depends_[port.value] = true;
    for (const Node& node : graph.nodes) {
      bool any = false;
      for_each(node.inputs, [&](ValueId id) { any = any || depends_[id]; });
      for_each(node.outputs, [&](ValueId id) { depends_[id] = any; });
    }
  }

  // The nodes of the block that ends in `node`, in order; none if it ends no block.
  std::vector<int> ending_in(int node) const {
    if (!op_as<Elementwise>(graph_.nodes[node])) return {};
    const ValueId x = graph_.nodes[node].input(Elementwise::kX);
    const ValueId y = graph_.nodes[node].input(Elementwise::kY);
    if (x == y || !depends_[x] || !depends_[y]) return {};
    const ValueId source = connections_.producer[x] < connections_.producer[y] ? x : y;
    std::set<int> inside{node};
    if (!collect(node, source, inside)) return {};
    if (inside.size() < kMinOperators || leaks(inside, node)) return {};
    return {inside.begin(), inside.end()};
  }

 private:
  template <class F>
  static void for_each(const std::vector<std::vector<ValueId>>& slots, F f) {
    for (const auto& slot : slots) {
      for (ValueId id : slot) f(id);
    }
  }

  // Everything that `node` needs down to `source`; false where it needs anything made before that.
  bool collect(int node, ValueId source, std::set<int>& inside) const {
    const int first = connections_.producer[source];
    std::vector<int> open{node};
    bool closed = true;
    while (!open.empty() && closed && inside.size() <= kMaxOperators) {
      const int n = open.back();
      open.pop_back();
      for_each(graph_.nodes[n].inputs, [&](ValueId id) {
        if (id == source || graph_.constant(id)) return;
        const int maker = connections_.producer[id];
        if (maker < 0 || (depends_[id] && maker <= first)) {
          closed = false;
        } else if (inside.insert(maker).second) {
          open.push_back(maker);
        }
      });
    }
    return closed && open.empty();
  }

  bool leaks(const std::set<int>& inside, int last) const {
    for (int n : inside) {
      if (n == last) continue;
      bool read_outside = false;
      for_each(graph_.nodes[n].outputs, [&](ValueId id) {
        for (const Use& use : connections_.uses[id])
          read_outside = read_outside || use.node == kOutputUse || !inside.contains(use.node);
      });
      if (read_outside) return true;
    }
    return false;
  }

  const Graph& graph_;
  Connections connections_;
  std::vector<bool> depends_;  // on an input of the graph
};

}  // namespace

std::vector<std::string> residual_blocks(const Graph& graph) {
  const Regions regions(graph);
  std::vector<std::vector<int>> found;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    std::vector<int> region = regions.ending_in(static_cast<int>(n));
    if (!region.empty()) found.push_back(std::move(region));
  }
  // The outer ones first, so that the inner ones are named after them.
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::vector<int> innermost(graph.nodes.size(), -1);      // an index into accepted
  std::vector<std::pair<int, std::vector<int>>> accepted;  // parent, nodes
  for (std::vector<int>& region : found) {
    const int parent = innermost[region.front()];
    const bool nested =
        std::all_of(region.begin(), region.end(), [&](int n) { return innermost[n] == parent; });
    if (!nested) continue;
    for (int n : region) innermost[n] = static_cast<int>(accepted.size());
    accepted.emplace_back(parent, std::move(region));
  }
  // Numbered in the order of the program.
  std::vector<std::string> names(accepted.size()), paths(graph.nodes.size());
  std::vector<int> children(accepted.size() + 1, 0);
  const auto name = [&](auto& self, int block) -> const std::string& {
    if (names[block].empty()) {
      const int parent = accepted[block].first;
      std::string outer = parent < 0 ? std::string() : self(self, parent) + "/";
      std::string number = parent < 0 ? "" : outer.substr(outer.rfind(' ') + 1);
      if (!number.empty()) number.back() = '.';
      names[block] = outer + "block " + number + std::to_string(++children[parent + 1]);
    }
    return names[block];
  };
  for (std::size_t n = 0; n < paths.size(); ++n) {
    if (innermost[n] >= 0) paths[n] = name(name, innermost[n]);
  }
  return paths;
}

}  // namespace u2net::drawing
