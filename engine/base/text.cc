// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"

namespace u2net {

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

}  // namespace u2net
