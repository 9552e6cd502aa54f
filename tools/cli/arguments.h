// SPDX-License-Identifier: Apache-2.0
// The command line before CLI11 sees it. `--json [FILE]` in front of other words would swallow one
// of them, so here every `--json` becomes `--json=FILE` by a rule of the command.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/cli/command.h"

namespace u2net::cli {

struct Arguments {
  std::vector<std::string> words;    // without the program's name
  const Command* command = nullptr;  // the one that is named, if any
  std::optional<std::string> json;   // where the report goes, "-" for standard output
};

Arguments read_arguments(int argc, const char* const* argv);

}  // namespace u2net::cli
