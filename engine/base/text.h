// SPDX-License-Identifier: Apache-2.0
// Words in messages.
#pragma once

#include <string>
#include <vector>

namespace u2net {

// "a, b, c"
std::string joined(const std::vector<std::string>& words, const char* between = ", ");

}  // namespace u2net
