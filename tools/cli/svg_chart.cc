// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/svg_chart.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <span>

#include "engine/base/atomic_file.h"
#include "tools/cli/diagnostics.h"

namespace u2net::cli {
using namespace engine;
namespace {

// Sizes in pixels. Letters are measured by their number: any font must do.
constexpr double kWidth = 960, kLetter = 7.2, kSmallLetter = 5.9;
constexpr double kBar = 14, kBarGap = 2, kGroupGap = 12, kTop = 84, kBottom = 52, kMargin = 16;
constexpr std::size_t kMostLetters = 40;
constexpr const char* kColours[] = {"#4c78a8", "#f58518", "#54a24b", "#b279a2"};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::size_t letters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Long names keep their end, where they differ.
std::string shortened(const std::string& text) {
  if (text.size() <= kMostLetters) return text;
  std::size_t begin = text.size() - (kMostLetters - 3);
  while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) ++begin;
  return "..." + text.substr(begin);
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

// 1, 2 or 5 times a power of ten, so that a few of them reach `most`.
double tick_step(double most) {
  const double rough = most / 6;
  const double unit = std::pow(10, std::floor(std::log10(rough)));
  for (double factor : {1.0, 2.0, 5.0}) {
    if (factor * unit >= rough) return factor * unit;
  }
  return 10 * unit;
}

class SvgWriter {
 public:
  explicit SvgWriter(const BarChart& chart) : chart_(chart) {
    double most = 0;
    std::size_t label = 8, text = 0;
    for (const BarChart::Group& group : chart.groups) {
      label = std::max(label, letters(shortened(group.label)));
      detail_ = detail_ || !group.detail.empty();
      for (const BarChart::Bar& bar : group.bars) {
        most = std::max(most, bar.value.value_or(0));
        text = std::max(text, letters(bar.text));
      }
    }
    std::size_t detail = 0;
    for (const BarChart::Group& group : chart.groups)
      detail = std::max(detail, letters(shortened(group.detail)));
    left_ =
        kMargin + 8 +
        std::max(static_cast<double>(label) * kLetter, static_cast<double>(detail) * kSmallLetter);
    right_ = kWidth - kMargin - static_cast<double>(text) * kSmallLetter - 10;
    step_ = tick_step(most > 0 ? most : 1);
    most_ = std::ceil((most > 0 ? most : 1) / step_ - 1e-9) * step_;
    const double bars = static_cast<double>(chart.series.size()) * (kBar + kBarGap);
    group_ = std::max(bars, detail_ ? 30.0 : 16.0) + kGroupGap;
    bottom_ = kTop + static_cast<double>(chart.groups.size()) * group_;
  }

  std::string write() {
    const double height = bottom_ + kBottom;
    svg_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(kWidth) + "\" height=\"" +
           number(height) + "\" viewBox=\"0 0 " + number(kWidth) + " " + number(height) +
           "\" font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"12\">\n"
           "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
    text(kMargin, 26, chart_.title, "font-size=\"16\" font-weight=\"bold\"");
    text(kMargin, 46, chart_.subtitle, "fill=\"#555555\"");
    legend();
    axis();
    double y = kTop;
    for (const BarChart::Group& group : chart_.groups) {
      draw(group, y);
      y += group_;
    }
    return svg_ + "</svg>\n";
  }

 private:
  double x_of(double value) const { return left_ + (right_ - left_) * value / most_; }

  void text(double x, double y, const std::string& content, const std::string& attributes = "") {
    if (content.empty()) return;
    svg_ += "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\"" +
            (attributes.empty() ? "" : " " + attributes) + ">" + escaped(content) + "</text>\n";
  }
  void rectangle(double x, double y, double width, double height, const std::string& fill) {
    svg_ += "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) +
            "\" height=\"" + number(height) + "\" fill=\"" + fill + "\"/>\n";
  }
  static std::string colour(std::size_t series) { return kColours[series % std::size(kColours)]; }

  void legend() {
    double x = left_;
    for (std::size_t s = 0; s < chart_.series.size(); ++s) {
      rectangle(x, 57, 12, 12, colour(s));
      text(x + 17, 67, chart_.series[s]);
      x += 40 + static_cast<double>(letters(chart_.series[s])) * kLetter;
    }
  }

  void axis() {
    for (double value = 0; value <= most_ * (1 + 1e-9); value += step_) {
      const std::string x = number(x_of(value));
      svg_ += "<line x1=\"" + x + "\" y1=\"" + number(kTop - 6) + "\" x2=\"" + x + "\" y2=\"" +
              number(bottom_) + "\" stroke=\"#dddddd\"/>\n";
      text(x_of(value), bottom_ + 16, number(value), "text-anchor=\"middle\" fill=\"#555555\"");
    }
    text((left_ + right_) / 2, bottom_ + 36, chart_.axis,
         "text-anchor=\"middle\" fill=\"#555555\"");
  }

  void draw(const BarChart::Group& group, double y) {
    const double middle = y + (group_ - kGroupGap) / 2;
    const bool two_lines = !group.detail.empty();
    text(left_ - 8, middle + (two_lines ? -2 : 4), shortened(group.label), "text-anchor=\"end\"");
    text(left_ - 8, middle + 11, shortened(group.detail),
         "text-anchor=\"end\" font-size=\"10\" fill=\"#777777\"");
    const double bars = static_cast<double>(group.bars.size()) * (kBar + kBarGap) - kBarGap;
    double top = middle - bars / 2;
    for (std::size_t s = 0; s < group.bars.size(); ++s, top += kBar + kBarGap) {
      const BarChart::Bar& bar = group.bars[s];
      const double value = bar.value.value_or(0);
      if (bar.value) rectangle(left_, top, std::max(x_of(value) - left_, 1.0), kBar, colour(s));
      text(x_of(value) + 5, top + 11, bar.text, "font-size=\"10\"");
    }
  }

  const BarChart& chart_;
  double left_ = 0, right_ = 0, bottom_ = 0, step_ = 1, most_ = 1, group_ = 0;
  bool detail_ = false;
  std::string svg_;
};

}  // namespace

std::string to_svg(const BarChart& chart) { return SvgWriter(chart).write(); }

void write_chart(const BarChart& chart, const std::string& path) {
  const std::string svg = to_svg(chart);
  write_file_atomically(path, std::as_bytes(std::span(svg)));
}

}  // namespace u2net::cli
