// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/bench_chart.h"

#include <cstdio>

#include "tools/cli/decimal.h"

namespace u2net::cli {
namespace {

constexpr struct {
  std::string_view mode;
  double ms;
} kTutorial[] = {{"dynamic", 2182.7}, {"static", 1911.0}, {"inference", 1875.6}, {"onednn", 575.0}};

// Times of wrong results are no times to show off.
std::string text_of(const BenchResult& r) {
  const std::string time = decimal("%.1f ms", r.median_ms());
  return r.max_abs_error && !r.is_verified() ? time + ", WRONG" : time;
}

}  // namespace

std::optional<double> tutorial_ms(std::string_view mode) {
  for (const auto& row : kTutorial) {
    if (row.mode == mode) return row.ms;
  }
  return std::nullopt;
}

BarChart chart_of(const std::vector<const BenchResult*>& results, const std::string& what) {
  BarChart chart;
  const BenchResult& first = *results.front();
  chart.title = "Time of one run by mode, " + std::to_string(first.batch) + "x" +
                std::to_string(first.height) + "x" + std::to_string(first.width);
  chart.subtitle = what;
  chart.axis = "milliseconds";
  chart.series = {"here, median", "the tutorial's table (Paddle on its author's machine)"};
  for (const BenchResult* r : results) {
    const std::optional<double> theirs = tutorial_ms(r->mode);
    chart.groups.push_back(
        {r->label(),
         "first run " + decimal("%.1f ms", r->first_ms),
         {{r->median_ms(), text_of(*r)}, {theirs, theirs ? decimal("%.1f ms", *theirs) : ""}}});
  }
  return chart;
}

}  // namespace u2net::cli
