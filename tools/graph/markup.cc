// SPDX-License-Identifier: Apache-2.0
#include "tools/graph/markup.h"

#include <cstddef>
#include <cstdint>

namespace u2net::drawing {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The length of the character at the front, 0 where it is none that XML allows.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x20) return first == '\t' || first == '\n' ? 1 : 0;
  if (first < 0x7F) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first > 0xF4 || text.size() < length) return 0;
  std::uint32_t code = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3FU);
  }
  const bool too_long = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool not_a_character =
      (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF || (code & 0xFFFE) == 0xFFFE;
  return too_long || not_a_character || code < 0xA0 ? 0 : length;
}

template <class F>
void for_each_character(std::string_view text, F f) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    f(length == 0 ? kReplacement : text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string result;
  for_each_character(text, [&](std::string_view c) { result += c; });
  return result;
}

std::string escaped(std::string_view text) {
  std::string result;
  for_each_character(text, [&](std::string_view c) {
    if (c == "&") {
      result += "&amp;";
    } else if (c == "<") {
      result += "&lt;";
    } else if (c == ">") {
      result += "&gt;";
    } else if (c == "\"") {
      result += "&quot;";
    } else {
      result += c;
    }
  });
  return result;
}

}  // namespace u2net::drawing
