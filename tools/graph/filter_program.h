// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace u2net::drawing {

// Runs a program of PATH with `input` on its standard input and returns what it writes to its
// standard output; its messages are part of the error where it fails. Throws Error (kOutput).
std::string filter_through(const std::vector<std::string>& command, const std::string& input);

}  // namespace u2net::drawing
