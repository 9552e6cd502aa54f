// SPDX-License-Identifier: Apache-2.0
// An ONNX model -> Graph. Its weights are in it, or in files beside it.
#pragma once

#include <filesystem>
#include <optional>

#include "loader/byte_stream.h"
#include "loader/program.h"

namespace u2net::engine {

// The whole graph: nothing is left to be loaded, so that Program::parameters is empty. `path` is
// that of the file, or nothing for one in memory; graph.file_bytes counts all files. Throws Error;
// messages start with "cannot load model 'name': ".
Program read_onnx_program(ByteStream stream, const std::optional<std::filesystem::path>& path);

}  // namespace u2net::engine
