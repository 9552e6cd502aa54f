// SPDX-License-Identifier: Apache-2.0
// What a program file says, in whichever format it is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/graph.h"

namespace u2net::engine {

struct Program {
  struct Declared {  // a persistable variable, that is, a weight
    std::string name;
    ValueId value;
  };

  Graph graph;                       // weights declared, not loaded
  std::vector<Declared> parameters;  // sorted by name, bytewise: the order of the parameter file
  // major * 1000000 + minor * 1000 + patch of the exporting Paddle, or 0 where not written
  std::int64_t version = 0;
  std::int64_t pir_version = -1;        // of the .json format; -1 for a .pdmodel
  std::int64_t opset = 0;               // of an ONNX model; 0 for Paddle's
  std::vector<std::string> notes = {};  // what was done to it that a user should know

  void sort_parameters();
};

// The operators of blocks, those of loops in every round: a loop in a loop multiplies.
class StepsOfRounds {
 public:
  // One more has been read into the graph. Throws kModelLimit.
  void count(const Graph& graph);

 private:
  int steps_ = 0;
};

// Reads either of Paddle's formats. Throws Error; messages start with "cannot load model 'name': ".
Program read_any_program(std::span<const std::byte> bytes, const std::string& name);

}  // namespace u2net::engine
