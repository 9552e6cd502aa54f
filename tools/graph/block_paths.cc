// SPDX-License-Identifier: Apache-2.0
#include "tools/graph/block_paths.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string_view>

#include "engine/graph/op.h"

namespace u2net::drawing {
using namespace engine;
namespace {

// "a/b" of "a/b/c" and "a/b/d".
std::string_view common(std::string_view a, std::string_view b) {
  std::size_t end = 0;
  for (std::size_t i = 0; i <= std::min(a.size(), b.size()); ++i) {
    const bool a_ends = i == a.size() || a[i] == '/', b_ends = i == b.size() || b[i] == '/';
    if (a_ends && b_ends) end = i;
    if (i == a.size() || i == b.size() || a[i] != b[i]) break;
  }
  return a.substr(0, end);
}

std::string_view parent(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool is_inside(std::string_view path, std::string_view block) {
  return block.empty() || path == block || (path.starts_with(block) && path[block.size()] == '/');
}

// "stage1.conv.weight" -> "stage1": without the parameter and the layer that owns it.
std::string block_of_parameter(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  return std::string(parent(parent(name)));
}

class Placement {
 public:
  Placement(const Graph& graph, const std::map<std::string, std::string>& structured_names)
      : graph_(graph), connections_(graph), paths_(graph.nodes.size()) {
    for (const Node& node : graph.nodes) named_.push_back(own_path(node, structured_names));
  }

  std::vector<std::string> run() {
    set_between_neighbours();
    for (std::size_t n = 0; n < paths_.size(); ++n) {
      if (!named_[n]) join_maker(static_cast<int>(n));
    }
    return std::move(paths_);
  }

 private:
  std::optional<std::string> own_path(const Node& node,
                                      const std::map<std::string, std::string>& names) const {
    if (!node.scope.empty()) return node.scope;
    std::optional<std::string> path;
    for (const auto& slot : node.inputs) {
      for (ValueId id : slot) {
        if (!graph_.constant(id)) continue;
        const auto it = names.find(graph_.values[id].name);
        const std::string block =
            block_of_parameter(it == names.end() ? graph_.values[id].name : it->second);
        path = path ? std::string(common(*path, block)) : block;
      }
    }
    return path;
  }

  // A program is in the order in which the code ran: between two operators of a block is that
  // block.
  void set_between_neighbours() {
    std::string last;
    for (std::size_t n = 0; n < paths_.size(); ++n) {
      if (named_[n]) last = *named_[n];
      paths_[n] = last;
    }
    last.clear();
    for (std::size_t n = paths_.size(); n-- > 0;) {
      if (named_[n]) last = *named_[n];
      paths_[n] = named_[n] ? *named_[n] : std::string(common(paths_[n], last));
    }
  }

  // Moves a node into the block that made its inputs where fewer tensors leave that block then;
  // where as many do, only what works element by element, like the ReLU behind a convolution.
  void join_maker(int n) {
    const Node& node = graph_.nodes[n];
    const std::optional<std::string> makers = path_of_makers(node);
    if (!makers) return;
    for (std::string_view block = *makers;
         block.size() > paths_[n].size() && is_inside(block, paths_[n]); block = parent(block)) {
      const int more = (leaves(n, block) ? 1 : 0) - consumed(n, block);
      if (more < 0 || (more == 0 && node.op->in_place_slot() >= 0)) {
        paths_[n] = std::string(block);
        return;
      }
    }
  }

  std::optional<std::string> path_of_makers(const Node& node) const {
    std::optional<std::string> path;
    for (const auto& slot : node.inputs) {
      for (ValueId id : slot) {
        if (graph_.constant(id)) continue;
        const int maker = connections_.producer[id];
        const std::string theirs = maker < 0 ? std::string() : paths_[maker];
        path = path ? std::string(common(*path, theirs)) : theirs;
      }
    }
    return path;
  }

  bool leaves(int n, std::string_view block) const {
    for (const auto& slot : graph_.nodes[n].outputs) {
      for (ValueId id : slot) {
        if (read_outside(id, block, n)) return true;
      }
    }
    return false;
  }

  // How many tensors of the block nobody outside would read any more.
  int consumed(int n, std::string_view block) const {
    std::set<ValueId> values;
    for (const auto& slot : graph_.nodes[n].inputs) {
      for (ValueId id : slot) {
        if (!graph_.constant(id) && !read_outside(id, block, n)) values.insert(id);
      }
    }
    return static_cast<int>(values.size());
  }

  bool read_outside(ValueId id, std::string_view block, int but) const {
    for (const Use& use : connections_.uses[id]) {
      if (use.node == kOutputUse) return true;
      if (use.node != but && !is_inside(paths_[use.node], block)) return true;
    }
    return false;
  }

  const Graph& graph_;
  Connections connections_;
  std::vector<std::optional<std::string>> named_;  // by the file
  std::vector<std::string> paths_;
};

}  // namespace

std::vector<std::string> block_paths(const Graph& graph,
                                     const std::map<std::string, std::string>& structured_names) {
  std::vector<std::string> paths = Placement(graph, structured_names).run();
  const bool any =
      std::any_of(paths.begin(), paths.end(), [](const auto& p) { return !p.empty(); });
  return any ? paths : residual_blocks(graph);
}

std::string deepest_path(const std::vector<std::string>& paths) {
  std::string deepest;
  std::ptrdiff_t depth = -1;
  for (const std::string& path : paths) {
    const std::ptrdiff_t slashes = path.empty() ? -1 : std::count(path.begin(), path.end(), '/');
    if (slashes > depth) {
      depth = slashes;
      deepest = path;
    }
  }
  return deepest;
}

}  // namespace u2net::drawing
