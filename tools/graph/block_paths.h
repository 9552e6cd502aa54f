// SPDX-License-Identifier: Apache-2.0
// Which block of the network each node belongs to, as a path like "stage1/rebnconvin". The names
// come from the file: an operator's name scope, or what the network's code calls the parameters
// that it reads ("stage1.rebnconvin.conv_s1.weight": layer conv_s1 of that block). Operators
// without either go where they fit between the others. Where a file names nothing, the blocks are
// the regions that a residual connection spans.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/graph/graph.h"

namespace u2net::drawing {
using namespace engine;

// One path a node; empty for the network itself.
std::vector<std::string> block_paths(const Graph& graph,
                                     const std::map<std::string, std::string>& structured_names);

// The same from residual connections alone: "block 1", "block 2/block 2.1".
std::vector<std::string> residual_blocks(const Graph& graph);

// The path of a node that stands for several: the deepest of theirs, of equal ones the first.
std::string deepest_path(const std::vector<std::string>& paths);

}  // namespace u2net::drawing
