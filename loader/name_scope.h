// SPDX-License-Identifier: Apache-2.0
// Where in the network's code an operator is, as programs write it: "/encoder/block1/".
#pragma once

#include <string_view>

namespace u2net::engine {

// "/encoder/block1/" -> "encoder/block1"
inline std::string_view without_outer_slashes(std::string_view path) {
  const std::size_t first = path.find_first_not_of('/');
  if (first == std::string_view::npos) return {};
  return path.substr(first, path.find_last_not_of('/') - first + 1);
}

}  // namespace u2net::engine
