// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/mode_list.h"

#include <algorithm>
#include <cstddef>

#include "engine/base/error.h"
#include "engine/run/model.h"

namespace u2net::cli {
using namespace engine;
namespace {

void check_mode(const std::string& mode, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), mode) != known.end()) return;
  if (mode == "dynamic") throw Error(ErrorCode::kUsage, "mode 'dynamic' has no graph");
  find_graph_mode(mode);  // throws, and says which kind of wrong it is
}

// What stands between the commas, each once.
std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    std::string word(list.substr(begin, end - begin));
    if (std::find(words.begin(), words.end(), word) == words.end())
      words.push_back(std::move(word));
    begin = end + 1;
  }
  return words;
}

}  // namespace

std::vector<std::string> parse_modes(std::string_view list, const std::vector<std::string>& known) {
  if (list == "all") return known;
  std::vector<std::string> modes = words_of(list);
  for (const std::string& mode : modes) check_mode(mode, known);
  return modes;
}

std::string ModeAndPrecision::label() const {
  return precision == Precision::kF32 ? mode : mode + ":" + std::string(precision_name(precision));
}

std::vector<ModeAndPrecision> parse_modes(std::string_view list,
                                          const std::vector<std::string>& known, Precision usual) {
  std::vector<ModeAndPrecision> modes;
  for (const std::string& word : list == "all" ? known : words_of(list)) {
    const std::size_t colon = word.find(':');
    const ModeAndPrecision found{
        word.substr(0, colon),
        colon == std::string::npos ? usual : find_precision(word.substr(colon + 1))};
    check_mode(found.mode, known);
    if (std::find(modes.begin(), modes.end(), found) == modes.end()) modes.push_back(found);
  }
  return modes;
}

}  // namespace u2net::cli
