// SPDX-License-Identifier: Apache-2.0
// A number as a table or a chart shows it.
#pragma once

#include <cstdio>
#include <string>

namespace u2net::cli {

// `format` holds one conversion of a double and little else: "%.1f ms".
inline std::string decimal(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace u2net::cli
