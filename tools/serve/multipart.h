// SPDX-License-Identifier: Apache-2.0
// multipart/form-data (RFC 7578): the fields of a form, as views of its bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace u2net::serve {

struct Part {
  std::string name;
  bool is_file = false;  // it has a file's name; which, nobody asks
  std::string content_type;
  std::span<const std::byte> bytes;
};

// Throws Malformed.
std::vector<Part> parse_multipart(std::span<const std::byte> body, const std::string& boundary);

}  // namespace u2net::serve
