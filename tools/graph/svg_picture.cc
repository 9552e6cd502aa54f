// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <set>

#include "tools/graph/block_layout.h"
#include "tools/graph/frame.h"
#include "tools/graph/markup.h"
#include "tools/graph/picture.h"

namespace u2net::drawing {
namespace {

constexpr double kMargin = 18, kCaptionSize = 17, kCaptionLine = 17, kLegendHeight = 28;
constexpr double kLaneInset = 7, kMinWidth = 680;
// A caption that fits a picture of this width grows with it.
constexpr double kPlainWidth = 1400, kMaxCaptionScale = 6;

constexpr const char* kStyle = R"(<style>
text { font-family: Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; font-size: 9px; fill: #24292f }
.title { font-weight: bold; font-size: 11px }
.caption { font-weight: bold; font-size: 17px }
.about { font-size: 11.5px; fill: #57606a }
.node rect, .closed rect { stroke-width: 1 }
.block { fill: #57606a; fill-opacity: .045; stroke: #8c959f; stroke-width: 1 }
.closed rect { fill: #f6f8fa; stroke: #57606a; stroke-width: 1.3 }
.line { fill: none; stroke: #6e7781; stroke-width: 1; vector-effect: non-scaling-stroke }
.shape { fill: #57606a; paint-order: stroke; stroke: #fff; stroke-width: 2.5px; stroke-linejoin: round }
.light { fill: #fff }
.port { fill: #6e7781 }
</style>
)";

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

class SvgWriter {
 public:
  SvgWriter(const NetworkView& view, const PictureOptions& options)
      : view_(view), options_(options), layouts_(open_layouts(view, options.depth, options.timed)) {
    for (const ViewNode& node : view.nodes) slowest_ = std::max(slowest_, node.ms.value_or(0));
    for (const ViewBlock& block : view.blocks) {
      if (block.depth > 0) slowest_block_ = std::max(slowest_block_, block.ms.value_or(0));
    }
  }

  std::string write() {
    const double scale = std::clamp(layouts_[0].width / kPlainWidth, 1.0, kMaxCaptionScale);
    const double caption = kMargin + kCaptionSize +
                           kCaptionLine * static_cast<double>(options_.caption.lines.size()) +
                           kLegendHeight;
    const double top = caption * scale + 14;
    const double width = std::max(layouts_[0].width, kMinWidth) + 2 * kMargin;
    const double height = layouts_[0].height + top + kMargin;
    out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) + "\" height=\"" +
           number(height) + "\" viewBox=\"0 0 " + number(width) + " " + number(height) + "\">\n";
    out_ += "<title>" + escaped(options_.caption.title) + "</title>\n";
    out_ += kStyle;
    out_ +=
        "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
        "markerUnits=\"userSpaceOnUse\" markerWidth=\"6\" "
        "markerHeight=\"6\" orient=\"auto\"><path d=\"M0,0.8 L8,4 L0,7.2 z\" fill=\"#6e7781\"/>"
        "</marker></defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
    out_ += "<g transform=\"scale(" + number(scale) + ")\">\n";
    write_caption();
    out_ += "</g>\n";
    write_contents(0, {(width - layouts_[0].width) / 2, top});
    return out_ + labels_ + "</svg>\n";
  }

 private:
  void write_text(const char* kind, Point at, const std::string& text,
                  const char* anchor = "middle", bool light = false) {
    out_ += "<text class=\"" + std::string(kind) + (light ? " light" : "") + "\" x=\"" +
            number(at.x) + "\" y=\"" + number(at.y) + "\" text-anchor=\"" + anchor + "\">" +
            escaped(text) + "</text>\n";
  }

  void write_caption() {
    double y = kMargin + kCaptionSize - 4;
    write_text("caption", {kMargin, y}, options_.caption.title, "start");
    for (const std::string& line : options_.caption.lines)
      write_text("about", {kMargin, y += kCaptionLine}, line, "start");
    if (options_.timed) {
      write_heat_legend(y + 12);
    } else {
      write_legend(y + 12);
    }
  }

  void write_legend(double y) {
    std::set<Family> present;
    for (const ViewNode& node : view_.nodes) present.insert(node.family);
    double x = kMargin;
    for (const Family family : present) {
      const FamilyLook& colours = look(family);
      out_ += "<rect x=\"" + number(x) + "\" y=\"" + number(y) +
              "\" width=\"12\" height=\"12\" rx=\"2\" fill=\"" + std::string(colours.fill) +
              "\" stroke=\"" + std::string(colours.stroke) + "\"/>\n";
      const std::string name(colours.name);
      write_text("about", {x + 17, y + 10}, name, "start");
      x += 17 + text_width(name, 11.5) + 12;
    }
  }

  void write_heat_legend(double y) {
    constexpr int kSteps = 40;
    constexpr double kStep = 5;
    const double x = kMargin + 34;
    write_text("about", {kMargin, y + 10}, "0 ms", "start");
    for (int i = 0; i < kSteps; ++i) {
      out_ += "<rect x=\"" + number(x + i * kStep) + "\" y=\"" + number(y) +
              "\" width=\"5.3\" height=\"12\" fill=\"" + heat_colour((i + 0.5) / kSteps) + "\"/>\n";
    }
    char text[64];
    std::snprintf(text, sizeof text, "%.2f ms an operator", slowest_);
    std::string ends = text;
    const bool closed =
        std::any_of(view_.blocks.begin(), view_.blocks.end(),
                    [&](const ViewBlock& block) { return block.depth > options_.depth; });
    std::snprintf(text, sizeof text, ", %.2f ms a closed block", slowest_block_);
    if (closed) ends += text;
    write_text("about", {x + kSteps * kStep + 8, y + 10}, ends, "start");
  }

  void write_contents(int block, Point origin) {
    const BlockLayout& layout = layouts_[block];
    for (const Item& item : layout.items) {
      const Point at{origin.x + item.centre.x, origin.y + item.centre.y};
      if (item.kind == Item::kNode) {
        write_node(item, at);
      } else if (item.kind == Item::kBlock) {
        write_block(item, at);
      } else {
        out_ += "<circle class=\"port\" cx=\"" + number(at.x) + "\" cy=\"" + number(at.y) +
                "\" r=\"2\"/>\n";
      }
    }
    for (const Line& line : layout.lines) write_line(layout, line, origin);
  }

  std::string tooltip(const ViewNode& node) const {
    std::string text = node.type + "  " + node.name;
    for (const auto& [name, value] : node.attributes) text += "\n" + name + ": " + value;
    for (const Operand& operand : node.inputs)
      text += "\n" + operand.slot + ": " + operand.name + " " + operand.type;
    for (const Operand& operand : node.outputs)
      text += "\n" + operand.slot + ": " + operand.name + " " + operand.type;
    if (!node.implementation.empty()) text += "\nkernel: " + node.implementation;
    if (node.origins.size() > 1) {
      text += "\nstands for:";
      for (const std::string& origin : node.origins) text += " " + origin;
    }
    return "<title>" + escaped(text) + "</title>";
  }

  void write_lines(const Label& label, Point centre, bool light) {
    const double height =
        kTitleSize + 2 + (kTextSize + 3) * static_cast<double>(label.lines.size());
    double y = centre.y - height / 2 + kTitleSize - 0.5;
    write_text("title", {centre.x, y}, label.title, "middle", light);
    for (const std::string& line : label.lines) {
      y += kTextSize + 3;
      write_text("text", {centre.x, y}, line, "middle", light);
    }
  }

  void write_rectangle(const Item& item, Point at, const std::string& style, double radius) {
    out_ += "<rect x=\"" + number(at.x - item.width / 2) + "\" y=\"" +
            number(at.y - item.height / 2) + "\" width=\"" + number(item.width) + "\" height=\"" +
            number(item.height) + "\" rx=\"" + number(radius) + "\"" + style + "/>\n";
  }

  void write_node(const Item& item, Point at) {
    const ViewNode& node = view_.nodes[item.index];
    const FamilyLook& colours = look(node.family);
    const double share = slowest_ > 0 ? node.ms.value_or(0) / slowest_ : 0;
    const bool heat = options_.timed && node.ms;
    const std::string fill = heat             ? heat_colour(share)
                             : options_.timed ? "#ffffff"
                                              : std::string(colours.fill);
    const std::string stroke = options_.timed ? "#8c959f" : std::string(colours.stroke);
    out_ += "<g class=\"node\">" + tooltip(node);
    write_rectangle(item, at, " fill=\"" + fill + "\" stroke=\"" + stroke + "\"",
                    node.family == Family::kPort ? item.height / 2 : 3);
    write_lines(node_label(node, options_.timed), at, heat && heat_is_dark(share));
    out_ += "</g>\n";
  }

  void write_block(const Item& item, Point at) {
    const ViewBlock& block = view_.blocks[item.index];
    if (block.depth > options_.depth) {
      const double share = slowest_block_ > 0 ? block.ms.value_or(0) / slowest_block_ : 0;
      const bool heat = options_.timed && block.ms;
      out_ += "<g class=\"closed\">";
      write_rectangle(item, at, heat ? " style=\"fill:" + heat_colour(share) + "\"" : "", 6);
      write_lines(block_label(block, options_.timed), at, heat && heat_is_dark(share));
      out_ += "</g>\n";
      return;
    }
    const BlockLayout& inside = layouts_[item.index];
    const double size = name_size(inside);
    const Point corner{at.x - item.width / 2, at.y - item.height / 2};
    write_rectangle(item, at, " class=\"block\"", 6);
    out_ += "<text class=\"title\" style=\"font-size:" + number(size) + "px\" x=\"" +
            number(corner.x + 7) + "\" y=\"" + number(corner.y + 1.15 * size) + "\">" +
            escaped(block.name) + "</text>\n";
    write_contents(item.index, {at.x - inside.width / 2, corner.y + frame_top(inside)});
  }

  // From the border of an open block to the port of that value within.
  void write_way_inside(const Item& item, Point centre, Point border, ValueId value,
                        Item::Kind port_kind) {
    const BlockLayout& inside = layouts_[item.index];
    const double left = centre.x - item.width / 2, top = centre.y - item.height / 2;
    const Rectangle lane{left + kLaneInset, top + frame_top(inside) - 6,
                         left + item.width - kLaneInset, top + item.height - kLaneInset};
    for (const Item& port : inside.items) {
      if (port.kind != port_kind || port.index != value) continue;
      const Point at{centre.x - inside.width / 2 + port.centre.x,
                     top + frame_top(inside) + port.centre.y};
      std::string points;
      for (const Point& p : way_along(lane, border, at))
        points += number(p.x) + "," + number(p.y) + " ";
      out_ += "<polyline class=\"line\" points=\"" + points + "\"/>\n";
      return;
    }
  }

  bool is_open(const Item& item) const {
    return item.kind == Item::kBlock && view_.blocks[item.index].depth <= options_.depth;
  }

  void write_line(const BlockLayout& layout, const Line& line, Point origin) {
    if (line.spline.empty()) return;
    const auto moved = [&](Point p) { return Point{origin.x + p.x, origin.y + p.y}; };
    const auto text = [&](Point p) {
      return number(origin.x + p.x) + "," + number(origin.y + p.y);
    };
    const Item &from = layout.items[line.from], &to = layout.items[line.to];
    std::string path = "M" + text(line.spline[0]) + " C";
    for (std::size_t i = 1; i < line.spline.size(); ++i) path += text(line.spline[i]) + " ";
    path += "L" + text(line.end);
    const bool arrow = to.kind == Item::kNode || (to.kind == Item::kBlock && !is_open(to));
    out_ += "<path class=\"line\" d=\"" + path + "\"" +
            (arrow ? " marker-end=\"url(#arrow)\"" : "") + "/>\n";
    if (is_open(from))
      write_way_inside(from, moved(from.centre), moved(line.spline[0]), line.value, Item::kExit);
    if (is_open(to))
      write_way_inside(to, moved(to.centre), moved(line.end), line.value, Item::kEntry);
    if (line.has_label) {
      std::string before;
      before.swap(out_);
      write_text("shape", moved({line.label.x, line.label.y + 3}), view_.values[line.value].type);
      labels_ += out_;
      out_.swap(before);
    }
  }

  const NetworkView& view_;
  const PictureOptions& options_;
  std::vector<BlockLayout> layouts_;
  double slowest_ = 0, slowest_block_ = 0;
  std::string out_, labels_;  // the labels of lines come last, above everything
};

}  // namespace

std::string svg_picture(const NetworkView& view, const PictureOptions& options) {
  return SvgWriter(view, options).write();
}

}  // namespace u2net::drawing
