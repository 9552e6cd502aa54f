// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/name_pattern.h"

#include <fnmatch.h>

#include <algorithm>

#include "kernels/base/instruction_sets.h"

namespace u2net::bench {

bool name_matches(const std::vector<std::string>& patterns, const std::string& name) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
           return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
         });
}

bool may_match(const std::vector<std::string>& patterns, std::string_view backend) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
           const std::size_t fixed = std::min(pattern.find_first_of("*?[:"), pattern.size());
           return std::string_view(pattern).substr(0, fixed) == backend.substr(0, fixed);
         });
}

bool names_isa(const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [](const std::string& pattern) {
    const std::size_t colon = pattern.rfind(':');
    return colon != std::string::npos &&
           kernels::instruction_set_named(std::string_view(pattern).substr(colon + 1)).has_value();
  });
}

}  // namespace u2net::bench
