// SPDX-License-Identifier: Apache-2.0
// Names of implementations against patterns with * and ?.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace u2net::bench {

// No patterns: any name.
bool name_matches(const std::vector<std::string>& patterns, const std::string& name);
// Whether a name that begins with this backend's may match: others need not be built.
bool may_match(const std::vector<std::string>& patterns, std::string_view backend);
// Whether a pattern asks for an instruction set.
bool names_isa(const std::vector<std::string>& patterns);

}  // namespace u2net::bench
