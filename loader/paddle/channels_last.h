// SPDX-License-Identifier: Apache-2.0
// Programs whose images have their channels in the last dimension (data_format NHWC). The engine's
// operators have them in dimension 1: those that look at channels are read with a transpose on
// either side. Filters and parameters have one layout in both kinds of programs.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/graph/graph.h"
#include "engine/graph/op.h"
#include "loader/paddle/attributes.h"

namespace u2net::engine {

// Whether the operator of that name says NHWC, which its attributes say no more afterwards.
bool take_channels_last(std::string_view op, Attributes& attributes);

// Adds the node, whose operand in slot 0 has `rank` dimensions, between two transposes.
void add_channels_last(Graph& graph, Node node, std::size_t rank);

}  // namespace u2net::engine
