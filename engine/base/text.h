// SPDX-License-Identifier: Apache-2.0
// Lists in messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace u2net::engine {

// "a, b" -> "a, b, c"; "" -> "c"
void append_word(std::string& list, std::string_view word);
// "a, b, c"
std::string joined(const std::vector<std::string>& words);

}  // namespace u2net::engine
