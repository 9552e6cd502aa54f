// SPDX-License-Identifier: Apache-2.0
// Which files a model path stands for.
#pragma once

#include <filesystem>
#include <optional>

namespace u2net::engine {

struct ModelFiles {
  std::filesystem::path program;
  std::optional<std::filesystem::path> combined;   // one file with every parameter
  std::optional<std::filesystem::path> directory;  // one file a parameter, named as the parameter
};

// `path` is a prefix (PATH.pdmodel or PATH.json, and PATH.pdiparams, or PATH.onnx or PATH.u2n), a
// program file, or a directory in one of the layouts __model__ + __params__, model + params,
// __model__ + one file a variable, or with a single .pdmodel or, where there is none, a single
// .json, .onnx or .u2n. `parameters`, where not empty, is the parameter file whatever the program's
// name is. Throws kModelNotFound. Only the program is checked to exist: not every program has
// parameters.
ModelFiles find_model_files(const std::filesystem::path& path,
                            const std::filesystem::path& parameters = {});

}  // namespace u2net::engine
