// SPDX-License-Identifier: Apache-2.0
// What `u2net inspect` tells about a model, before it is turned into a table or JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/graph/tensor.h"
#include "tools/cli/input_sizes.h"
#include "tools/cli/model_options.h"

namespace u2net::cli {
using namespace engine;

struct ModelSummary {
  struct File {
    std::filesystem::path path;
    std::uintmax_t bytes = 0;
  };
  struct Port {
    std::string name;
    TensorType type;  // at the size asked for; of an output only where the plan is known
    Shape declared;   // of an input: -1 where any size is allowed
  };
  struct Step {
    std::string node, type, implementation;
    std::string operands;  // may be empty
  };
  struct PlanSummary {
    std::string mode;
    PrecisionDecision precision;
    int threads = 0;
    std::size_t steps = 0;
    std::map<std::string, int> implementations;  // how many steps run with each
    std::vector<Step> sequence;
    // Packed weights and other constants of the plan; weights that stay in memory beside them.
    std::size_t packed_bytes = 0, weight_bytes = 0;
    std::int64_t parts = 1;  // of the batch
    std::size_t arena_bytes = 0, live_bytes = 0, total_bytes = 0;
    std::vector<std::string> notes, warnings;
  };

  std::vector<File> files;
  std::string paddle_version;     // may be empty
  std::int64_t pir_version = -1;  // of the format of a .json program; -1 for a .pdmodel
  std::int64_t opset = 0;         // of an ONNX model, else 0
  std::vector<std::string> notes;
  std::vector<Port> inputs, outputs;
  std::map<std::string, int> operators;  // as in the program, feed and fetch included
  std::int64_t parameter_count = 0, parameter_elements = 0, parameter_bytes = 0;
  // Missing where sizes depend on what is fed, which only a run knows.
  std::optional<double> macs;
  std::optional<PlanSummary> plan;
};

// Loads the model and plans it, without running it. Throws Error.
ModelSummary summarise(ModelChoice& choice, const SizeChoice& size);

}  // namespace u2net::cli
