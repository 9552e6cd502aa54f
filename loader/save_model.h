// SPDX-License-Identifier: Apache-2.0
// Graph -> Paddle's files; the counterpart of load_model.h.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "engine/graph/graph.h"
#include "loader/paddle/parameter_info.h"

namespace u2net::engine {

enum class ProgramFormat { kPdmodel, kPir };  // of Paddle 2 and of Paddle 3

// Writes PREFIX.pdmodel (or PREFIX.json), PREFIX.pdiparams where there are parameters and
// PREFIX.pdiparams.info where there is `info`, which Paddle 3 has no use for; returns their paths.
// All are written before any takes its place. Throws Error (kOutput).
std::vector<std::filesystem::path> save_model(const std::filesystem::path& prefix,
                                              const Graph& graph,
                                              std::span<const ParameterInfo> info = {},
                                              ProgramFormat format = ProgramFormat::kPdmodel);

}  // namespace u2net::engine
