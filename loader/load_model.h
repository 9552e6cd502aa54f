// SPDX-License-Identifier: Apache-2.0
// Paddle's files or an ONNX model -> Graph with its weights. The one public function of the loader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
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
};

// Takes at most memory_limit() of the files' bytes (engine/graph/work_budget.h), whatever is in
// them. Paths as in find_model_files(). Throws Error with the codes kModelNotFound, kModelFormat,
// kModelParams, kModelUnsupported or kModelLimit. Thread-safe.
LoadedModel load_model(const std::filesystem::path& path,
                       const std::filesystem::path& parameters = {});

// The bytes of both files, or of an ONNX model that has none beside it; in messages they go by
// these names. `files` stays empty.
struct ModelBytes {
  std::span<const std::byte> program, parameters;
  std::string program_name = "program in memory", parameters_name = "parameters in memory";
};
LoadedModel load_model(const ModelBytes& bytes);

}  // namespace u2net::engine
