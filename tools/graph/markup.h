// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace u2net::drawing {

// Text for XML and HTML, in and out of attributes: names come from files, so what is special is
// escaped, and control characters and broken UTF-8 are replaced.
std::string escaped(std::string_view text);

// The same with replacement alone.
std::string valid_utf8(std::string_view text);

}  // namespace u2net::drawing
