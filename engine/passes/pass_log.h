// SPDX-License-Identifier: Apache-2.0
// What each pass did to a graph, found by comparing the graph before with the graph after: passes
// do not know of it. Nodes are named as in the graph; the names of the program's own nodes last.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "engine/graph/graph.h"

namespace u2net::engine {

struct Pass;

struct PassRecord {
  struct Fusion {
    std::string node;               // as it is called after the pass
    std::vector<std::string> from;  // before the pass, in their order; itself included
  };

  std::string pass, what;            // as in the pipeline
  std::vector<Fusion> fused;         // from two nodes or more
  std::vector<std::string> changed;  // another operator, by itself
  std::vector<std::string> folded;   // became constants
  std::vector<std::string> removed;  // needed by nobody any more
  int nodes_before = 0, nodes_after = 0;
};

class PassLog {
 public:
  void add(const Pass& pass, const Graph& before, const Graph& after);

  const std::vector<PassRecord>& records() const { return records_; }
  // The nodes of the first graph that a node of the last one stands for, in their order. Nodes are
  // told apart by their first output, which outlives a change of name.
  std::vector<std::string> origins(const Node& node) const;

 private:
  struct Origin {
    int position;  // in the first graph
    std::string name;
  };

  void begin(const Graph& graph);

  std::vector<PassRecord> records_;
  std::unordered_map<ValueId, std::vector<Origin>> origins_;  // by first output
};

}  // namespace u2net::engine
