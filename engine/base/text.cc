// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"

namespace u2net::engine {

void append_word(std::string& list, std::string_view word) {
  if (!list.empty()) list += ", ";
  list += word;
}

std::string joined(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) append_word(list, word);
  return list;
}

}  // namespace u2net::engine
