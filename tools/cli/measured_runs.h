// SPDX-License-Identifier: Apache-2.0
// The options of commands that run a model to look at its steps: on what, and how often.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "engine/diagnostics/profile.h"
#include "tools/cli/input_sizes.h"

namespace u2net::cli {
using namespace engine;

struct MeasuredRuns {
  SizeChoice size;
  std::vector<std::string> files;  // --input; a picture where there are none
  ProfileOptions runs;
};

inline constexpr int kMaxMeasuredRuns = 10'000;

// --size, --batch, --input, --warmup and --runs, of which `what` says what is done with them.
void add_measured_runs(CLI::App& app, MeasuredRuns& runs, const std::string& what);

// The tensors to run on; `source` says for people where they are from. Throws as read_inputs().
std::vector<Tensor> measured_inputs(const MeasuredRuns& runs, const std::vector<PortInfo>& ports,
                                    std::string& source);

}  // namespace u2net::cli
