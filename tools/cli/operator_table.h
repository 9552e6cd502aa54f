// SPDX-License-Identifier: Apache-2.0
// The table of docs/operators.md, made of the lists of loaders and backends.
#pragma once

#include <string>

namespace u2net::cli {

// Which operators there are, what the formats call them, and which modes have kernels of their own
// for them, as Markdown.
std::string operator_table();

}  // namespace u2net::cli
