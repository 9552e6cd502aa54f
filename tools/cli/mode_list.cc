// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/mode_list.h"

#include <algorithm>
#include <cstddef>

#include "engine/base/error.h"
#include "engine/run/model.h"

namespace u2net::cli {
using namespace engine;

std::vector<std::string> parse_modes(std::string_view list, const std::vector<std::string>& known) {
  if (list == "all") return known;
  const auto is_in = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::vector<std::string> modes;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string mode(list.substr(begin, end - begin));
    if (!is_in(known, mode)) {
      if (mode == "dynamic") throw Error(ErrorCode::kUsage, "mode 'dynamic' has no graph");
      find_graph_mode(mode);  // throws, and says which kind of wrong it is
    }
    if (!is_in(modes, mode)) modes.push_back(mode);
    begin = end + 1;
  }
  return modes;
}

}  // namespace u2net::cli
