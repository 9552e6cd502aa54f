// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/arguments.h"

#include <algorithm>
#include <cstddef>

#include "engine/base/error.h"
#include "tools/cli/json_report.h"

namespace u2net::cli {
using namespace engine;
namespace {

constexpr std::string_view kJsonOption = "--json";
constexpr std::string_view kJsonWithFile = "--json=";

const Command* find_command(std::string_view word) {
  const auto all = commands();
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const Command& c) { return c.name == word; });
  return it == all.end() ? nullptr : &*it;
}

bool is_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

bool takes_as_json_file(const Command& command, std::string_view word) {
  return !is_option(word) && command.next_word_is_json_file != nullptr &&
         command.next_word_is_json_file(word);
}

}  // namespace

Arguments read_arguments(int argc, const char* const* argv) {
  Arguments result;
  bool options = true;  // until "--"
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    options = options && word != "--";
    // CLI11 would take "[a,b]" apart as a list.
    if (word.starts_with('[') && word.ends_with(']')) word.insert(0, "./");
    if (!result.command && !is_option(word)) result.command = find_command(word);
    if (result.command && options && word == kJsonOption) {
      const bool file_follows = i + 1 < argc && takes_as_json_file(*result.command, argv[i + 1]);
      word = std::string(kJsonWithFile) +
             (file_follows ? std::string(argv[++i]) : std::string(kStdout));
    }
    if (options && word.starts_with(kJsonWithFile)) result.json = word.substr(kJsonWithFile.size());
    if (result.json && result.json->empty())
      throw Error(ErrorCode::kUsage, "--json= names no file");
    result.words.push_back(std::move(word));
  }
  return result;
}

}  // namespace u2net::cli
