// SPDX-License-Identifier: Apache-2.0
// The table of `u2net bench` as a picture.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/bench_timing.h"
#include "tools/cli/svg_chart.h"

namespace u2net::cli {

// What the tutorial that this project grew from measured for a mode: 1x3x320x320, second run, on
// its author's CPU.
std::optional<double> tutorial_ms(std::string_view mode);

// `what`: model, machine and threads, for the line below the title.
BarChart chart_of(const std::vector<const BenchResult*>& results, const std::string& what);

}  // namespace u2net::cli
