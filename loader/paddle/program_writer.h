// SPDX-License-Identifier: Apache-2.0
// Graph -> ProgramDesc (protobuf), as Paddle 2.6 writes it. Generic over operators: their
// slots and attributes come from loader/paddle/ops.
#pragma once

#include <string>

#include "engine/graph/graph.h"

namespace u2net::engine {

// The program's bytes. Every constant of the graph becomes a persistable variable of its name.
// `graph` is as it was loaded or traced: no pass has run. Throws Error (kInternal) for what Paddle
// cannot say.
std::string write_program(const Graph& graph);

}  // namespace u2net::engine
