// SPDX-License-Identifier: Apache-2.0
// The counterpart of params_reader.h: one record a parameter, in bytewise order of the names.
#pragma once

#include <string>

#include "engine/graph/graph.h"

namespace u2net::engine {

// The bytes of the .pdiparams file that belongs to write_program(graph): all constants of the
// graph.
std::string write_parameters(const Graph& graph);

}  // namespace u2net::engine
