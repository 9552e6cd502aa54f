// SPDX-License-Identifier: Apache-2.0
// What commands that time kernels tell about the machine.
#pragma once

#include <optional>
#include <string>

#include "tools/cli/json_report.h"
#include "tools/microbench/machine_peak.h"

namespace u2net::cli {

// "CPU (isa), 2 threads: at most 187 GFLOP/s and 27.1 GB/s, measured"
std::string peak_text(const std::optional<bench::MachinePeak>& peak, int threads);
Json peak_json(const std::optional<bench::MachinePeak>& peak);  // null where it was not measured
Json host_json();

// A warning where this build's times mean nothing.
void warn_unless_optimised();

}  // namespace u2net::cli
