// SPDX-License-Identifier: Apache-2.0
// Horizontal bars in groups as an SVG picture.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace u2net::cli {

struct BarChart {
  struct Bar {
    std::optional<double> value;  // nothing: no bar
    std::string text;             // behind it
  };
  struct Group {
    std::string label, detail;  // the second in smaller letters below
    std::vector<Bar> bars;      // one a series
  };

  std::string title, subtitle, axis;
  std::vector<std::string> series;
  std::vector<Group> groups;  // from top to bottom
};

std::string to_svg(const BarChart& chart);
// Throws Error (kOutput).
void write_chart(const BarChart& chart, const std::string& path);

}  // namespace u2net::cli
