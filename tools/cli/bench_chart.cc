// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/bench_chart.h"

#include <cstdint>
#include <cstdio>

#include "engine/base/error.h"
#include "engine/ops/conv2d.h"
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
  return r.max_abs_error && !r.is_verified ? time + ", WRONG" : time;
}

// How many elements the filters of U2Netp's convolutions have, whatever format it is in and whether
// its batch norms are folded or not.
constexpr std::int64_t kTutorialConvolutions = 119, kTutorialFilters = 1'122'630;

bool has_tutorial_filters(const Graph& network) {
  std::int64_t convolutions = 0, elements = 0;
  for (const Node& node : network.nodes) {
    const Tensor* filter =
        op_as<Conv2d>(node) ? network.constant(node.input(Conv2d::kFilter)) : nullptr;
    if (filter == nullptr) continue;
    ++convolutions;
    elements += filter->size();
  }
  return convolutions == kTutorialConvolutions && elements == kTutorialFilters;
}

}  // namespace

Tutorial::Tutorial(const BenchResult& result, const std::function<Graph()>& network) {
  if (result.batch != 1 || result.height != 320 || result.width != 320) return;
  try {
    has_it_ = has_tutorial_filters(network());
  } catch (const Error&) {
    // Mode dynamic runs where there is no graph; what it measured is told without the tutorial.
  }
}

std::optional<double> Tutorial::ms(std::string_view mode) const {
  for (const auto& row : kTutorial) {
    if (has_it_ && row.mode == mode) return row.ms;
  }
  return std::nullopt;
}

BarChart chart_of(const std::vector<const BenchResult*>& results, const Tutorial& tutorial,
                  const std::string& what) {
  BarChart chart;
  const BenchResult& first = *results.front();
  chart.title = "Time of one run by mode, " + std::to_string(first.batch) + "x" +
                std::to_string(first.height) + "x" + std::to_string(first.width);
  chart.subtitle = what;
  chart.axis = "milliseconds";
  chart.series = {"here, median"};
  if (tutorial.has_it())
    chart.series.push_back("the tutorial's table (Paddle on its author's machine)");
  for (const BenchResult* r : results) {
    auto& group = chart.groups.emplace_back();
    group = {r->label(),
             "first run " + decimal("%.1f ms", r->first_ms),
             {{r->median_ms(), text_of(*r)}}};
    const std::optional<double> theirs = tutorial.ms(r->mode);
    if (tutorial.has_it())
      group.bars.push_back({theirs, theirs ? decimal("%.1f ms", *theirs) : ""});
  }
  return chart;
}

}  // namespace u2net::cli
