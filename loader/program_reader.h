// SPDX-License-Identifier: Apache-2.0
// ProgramDesc (protobuf) -> Graph. Generic over operators: what they mean is in engine/ops.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/graph.h"

namespace u2net {

struct Program {
  struct Declared {  // a persistable variable, that is, a weight
    std::string name;
    ValueId value;
  };

  Graph graph;                      // weights declared, not loaded
  std::vector<Declared> parameters;  // sorted by name, bytewise: the order of the parameter file
  std::int64_t version = 0;         // major * 1000000 + minor * 1000 + patch of the exporting Paddle, or 0
};

// Throws Error; messages start with "cannot load model 'name': ".
Program read_program(std::span<const std::byte> bytes, const std::string& name);

}  // namespace u2net
