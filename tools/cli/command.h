// SPDX-License-Identifier: Apache-2.0
// A subcommand. Adding one: a file here that defines its function, and a line in command_list.cc.
#pragma once

#include <functional>
#include <span>
#include <string_view>

namespace CLI {
class App;
}

namespace u2net::cli {

// Runs the command with the options that were parsed. Returns the exit code or throws.
using Action = std::function<int()>;

struct Command {
  const char* name;
  const char* summary;
  // Declares the command's arguments.
  Action (*define)(CLI::App& app);
  // For a `--json` that is not followed by `=`: whether the next word is its FILE. Null for never.
  bool (*next_word_is_json_file)(std::string_view word) = nullptr;
};

std::span<const Command> commands();

}  // namespace u2net::cli
