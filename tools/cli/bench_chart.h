// SPDX-License-Identifier: Apache-2.0
// The table of `u2net bench` as a picture.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/bench_timing.h"
#include "tools/cli/svg_chart.h"

namespace u2net::cli {

// What the tutorial that this project grew from measured for a mode: U2Netp at 1x3x320x320, second
// run, on its author's CPU. Nothing for another network (by its filters) or size.
class Tutorial {
 public:
  // The network's graph, as written, is asked for where the size is the tutorial's alone.
  Tutorial(const BenchResult& result, const std::function<Graph()>& network);

  bool has_it() const { return has_it_; }
  std::optional<double> ms(std::string_view mode) const;

 private:
  bool has_it_ = false;
};

// `what`: model, machine and threads, for the line below the title.
BarChart chart_of(const std::vector<const BenchResult*>& results, const Tutorial& tutorial,
                  const std::string& what);

}  // namespace u2net::cli
