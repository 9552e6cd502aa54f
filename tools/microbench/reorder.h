// SPDX-License-Identifier: Apache-2.0
// Copies between oneDNN's layouts, which its logs call reorders. No operator of a network: a line
// is
//   reorder src=1x64x80x80 from=abcd to=aBcd8b
#pragma once

#include <string>

#include "tools/microbench/measure.h"

namespace u2net::bench {

bool is_reorder(const std::string& line);
// Throws Error (kUsage).
void check_reorder(const std::string& line);
// In plain loops, and as oneDNN does it.
Measured measure_reorder(const std::string& line, const MeasureOptions& options);

}  // namespace u2net::bench
