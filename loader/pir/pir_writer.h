// SPDX-License-Identifier: Apache-2.0
// Graph -> a program of Paddle 3 (PIR, .json), in version 1 of the format: every Paddle 3 reads it.
#pragma once

#include <string>

#include "engine/graph/graph.h"

namespace u2net::engine {

// The text of the program. Every constant of the graph becomes a parameter of its name. `graph` is
// as it was loaded or traced: no pass has run. Throws Error (kModelUnsupported) for what only
// Paddle 2 has operators for.
std::string write_pir_program(const Graph& graph);

}  // namespace u2net::engine
