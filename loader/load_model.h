// SPDX-License-Identifier: Apache-2.0
// Paddle's files, an ONNX model or a packed one (.u2n) -> Graph with its weights. The one public
// function of the loader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/plan/weight_cache.h"
#include "loader/model_files.h"

namespace u2net::engine {

struct LoadedModel {
  Graph graph;
  ModelFiles files;
  std::int64_t paddle_version =
      0;                          // major * 1000000 + minor * 1000 + patch, or 0 where not written
  std::int64_t pir_version = -1;  // of the format of a .json program; -1 for a .pdmodel
  std::int64_t opset = 0;         // ONNX's operator set; 0 for Paddle's files
  std::vector<std::string> notes = {};  // what was done to it that a user should know
  std::int64_t parameter_count = 0;     // tensors
  std::int64_t parameter_elements = 0;
  // Of a packed model whose graph is wanted after the passes over the weights: they have run, and
  // this is what the native kernels made of the weights.
  bool passes_have_run = false;
  std::vector<PackedWeight> packed = {};
  std::string packed_for = {};             // for people; empty: it is no packed model
  std::vector<std::string> warnings = {};  // where what is packed is not made use of
};

// Those that the graph has.
void count_parameters(LoadedModel& model);

// A packed model has its graph twice.
enum class GraphStage {
  kAsWritten,
  kAfterPasses,  // over the weights, where the file has it
};

// Takes at most memory_limit() of the files' bytes (engine/graph/work_budget.h), whatever is in
// them. Paths as in find_model_files(). Throws Error with the codes kModelNotFound, kModelFormat,
// kModelParams, kModelUnsupported or kModelLimit. Thread-safe.
LoadedModel load_model(const std::filesystem::path& path,
                       const std::filesystem::path& parameters = {},
                       GraphStage stage = GraphStage::kAsWritten);

// The bytes of both files, or of an ONNX model that has none beside it, or of a packed one; in
// messages they go by these names. `files` stays empty.
struct ModelBytes {
  std::span<const std::byte> program, parameters;
  std::string program_name = "program in memory", parameters_name = "parameters in memory";
};
LoadedModel load_model(const ModelBytes& bytes, GraphStage stage = GraphStage::kAsWritten);

}  // namespace u2net::engine
