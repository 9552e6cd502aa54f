// SPDX-License-Identifier: Apache-2.0
// A network as a picture shows it: its operators and ports as nodes, the tensors that flow between
// them as edges, and a tree of blocks that the nodes lie in. Everything is text and numbers.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/graph/graph.h"
#include "tools/graph/families.h"
#include "tools/graph/tensor_statistics.h"

namespace u2net::drawing {
using namespace engine;

struct Weight {
  std::string name;
  std::string structured_name;  // in the network's code; may be empty
  std::string type;             // "64x3x3x3"
  TensorStatistics statistics;
};

struct Operand {
  std::string slot;  // as in the file: "Filter"
  std::string name;  // the value's
  std::string type;  // "1x64x320x320"; "?" for what is not known
  int weight = -1;   // an index into NetworkView::weights
};

struct ViewNode {
  std::string name, type;  // "relu_0.tmp_0", "relu"; of a port "input" or "output"
  Family family = Family::kOther;
  std::string detail;  // the most telling about it, a few characters; may be empty
  std::string layer;   // the name of a block of which it is all; else empty
  int block = 0;       // the innermost it lies in
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<Operand> inputs, outputs;
  std::vector<std::string> origins;  // the operators of the program that it stands for
  double macs = 0;
  std::string implementation;  // the kernel that runs it, where that is known
  std::optional<double> ms;    // of one run, where it was measured
};

// One value from its maker to a reader.
struct ViewEdge {
  int from, to;
  ValueId value;
};

struct ViewValue {
  std::string name;
  std::string type;  // as Operand::type
};

struct ViewBlock {
  std::string name;
  int parent = -1;
  int depth = 0;
  std::vector<int> nodes, blocks;  // directly inside
  // Of all inside, however deep:
  int operators = 0;
  double macs = 0;
  std::int64_t parameters = 0;
  std::optional<double> ms;
};

struct NetworkView {
  std::vector<ViewNode> nodes;
  std::vector<ViewEdge> edges;
  std::vector<ViewValue> values;  // by ValueId
  std::vector<ViewBlock> blocks;  // the first is the whole network; parents come before children
  std::vector<Weight> weights;

  int operators() const { return blocks.front().operators; }
  double macs() const { return blocks.front().macs; }
};

// "1x64x320x320" (with multiplication signs), with the element type behind it where that is not
// float32; "?" for a size that is not known.
std::string type_text(const TensorType& type);

// What is known of a node beyond the graph.
struct NodeNotes {
  std::string block;  // "stage1/rebnconvin"; empty for the network itself
  std::vector<std::string> origins;
  std::string implementation;
  std::optional<double> ms;
};

// `notes` has one entry a node. `structured_names` tells what the code calls a parameter.
NetworkView make_view(const Graph& graph, const std::vector<NodeNotes>& notes,
                      const std::map<std::string, std::string>& structured_names);

}  // namespace u2net::drawing
