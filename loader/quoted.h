// SPDX-License-Identifier: Apache-2.0
// Text from a file as a message shows it: in quotes and not too long. Error keeps it on one line.
#pragma once

#include <string>
#include <string_view>

namespace u2net::engine {

inline constexpr std::size_t kMaxQuotedBytes = 200;

// Not "quoted": behind <iomanip>, a std::string would find the standard's.
inline std::string in_quotes(std::string_view text) {
  const bool cut = text.size() > kMaxQuotedBytes;
  return '\'' + std::string(text.substr(0, kMaxQuotedBytes)) + (cut ? "...'" : "'");
}

}  // namespace u2net::engine
