// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace u2net::cli {

// "a,b" as names, each once, that must be among `known`; "all" as all of those. Throws Error for an
// unknown mode and for one that this build lacks.
std::vector<std::string> parse_modes(std::string_view list, const std::vector<std::string>& known);

}  // namespace u2net::cli
