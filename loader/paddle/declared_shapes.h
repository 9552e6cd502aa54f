// SPDX-License-Identifier: Apache-2.0
// What a program can declare of its variables when the sizes of its inputs are open.
#pragma once

#include <vector>

#include "engine/graph/graph.h"

namespace u2net::engine {

// One type a value of the graph: -1 for a dimension that depends on an open size of an input. Where
// a shape depends on the elements of an input, or some operator accepts no sizes that are tried,
// float32 without dimensions.
std::vector<TensorType> declared_types(const Graph& graph);

}  // namespace u2net::engine
