// SPDX-License-Identifier: Apache-2.0
#include "tools/graph/block_layout.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>

namespace u2net::drawing {
namespace {

constexpr double kPointsPerInch = 72;
constexpr double kPortSize = 5;
constexpr double kPadding = 7;
constexpr double kBoldWidth = 1.08;
constexpr double kSignWidth = 30;  // for a sign that opens the block, and as much opposite
// Wider than high, as screens and pages are.
constexpr double kBestAspect = 1.3;

std::string format(const char* text, double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, text, value);
  return buffer;
}

std::string time_text(double ms) { return format(ms < 0.995 ? "%.2f ms" : "%.1f ms", ms); }

// The items and lines of each block, without places.
class Contents {
 public:
  explicit Contents(const NetworkView& view) : view_(view), layouts_(view.blocks.size()) {
    items_.resize(view.blocks.size());
    for (std::size_t b = 0; b < view.blocks.size(); ++b) {
      const auto block = static_cast<int>(b);
      for (int child : view.blocks[b].blocks) item(block, Item::kBlock, child);
      for (int node : view.blocks[b].nodes) item(block, Item::kNode, node);
    }
    for (const ViewEdge& edge : view.edges) add(edge);
  }

  std::vector<BlockLayout> take() { return std::move(layouts_); }

 private:
  int item(int block, Item::Kind kind, int index) {
    auto& items = layouts_[block].items;
    const auto [it, is_new] =
        items_[block].emplace(std::pair{kind, index}, static_cast<int>(items.size()));
    if (is_new) items.push_back({.kind = kind, .index = index});
    return it->second;
  }

  void line(int block, int from, int to, ValueId value) {
    if (!seen_.emplace(block, from, to, value).second) return;
    layouts_[block].lines.push_back({.from = from, .to = to, .value = value});
  }

  // From the maker out to the block that both lie in, and in again to the reader.
  void add(const ViewEdge& edge) {
    std::vector<int> out = chain(edge.from), in = chain(edge.to);
    while (out.size() > 1 && in.size() > 1 && out[out.size() - 2] == in[in.size() - 2]) {
      out.pop_back();
      in.pop_back();
    }
    const auto end = [&](const std::vector<int>& blocks, std::size_t i, int node) {
      return i == 0 ? item(blocks[0], Item::kNode, node)
                    : item(blocks[i], Item::kBlock, blocks[i - 1]);
    };
    for (std::size_t i = 0; i + 1 < out.size(); ++i)
      line(out[i], end(out, i, edge.from), item(out[i], Item::kExit, edge.value), edge.value);
    for (std::size_t i = 0; i + 1 < in.size(); ++i)
      line(in[i], item(in[i], Item::kEntry, edge.value), end(in, i, edge.to), edge.value);
    line(out.back(), end(out, out.size() - 1, edge.from), end(in, in.size() - 1, edge.to),
         edge.value);
  }

  // The blocks around a node, from the inside.
  std::vector<int> chain(int node) const {
    std::vector<int> blocks;
    for (int b = view_.nodes[node].block; b >= 0; b = view_.blocks[b].parent) blocks.push_back(b);
    return blocks;
  }

  const NetworkView& view_;
  std::vector<BlockLayout> layouts_;
  std::vector<std::map<std::pair<Item::Kind, int>, int>> items_;
  std::set<std::tuple<int, int, int, ValueId>> seen_;
};

// Tensors are named where they leave what made them, not again where they enter a block.
bool is_labelled(const BlockLayout& layout, const Line& line) {
  return layout.items[line.from].kind != Item::kEntry && layout.items[line.to].kind != Item::kExit;
}

void append_item(const BlockLayout& layout, std::size_t i, std::string& text) {
  const Item& item = layout.items[i];
  text += "i" + std::to_string(i) + " [width=" + format("%.4f", item.width / kPointsPerInch) +
          ",height=" + format("%.4f", item.height / kPointsPerInch) + "];\n";
}

// A label as an empty table of its size: Graphviz shall not measure fonts of its own.
std::string sized_label(const std::string& text) {
  return "<<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"0\"><TR><TD "
         "FIXEDSIZE=\"TRUE\" WIDTH=\"" +
         std::to_string(static_cast<int>(std::ceil(text_width(text, kTextSize) + 6))) +
         "\" HEIGHT=\"" + std::to_string(static_cast<int>(kTextSize + 3)) +
         "\"></TD></TR></TABLE>>";
}

std::string dot_text(const NetworkView& view, const BlockLayout& layout, bool sideways) {
  std::string text = std::string("digraph g {\ngraph [rankdir=") + (sideways ? "LR" : "TB") +
                     ",nodesep=0.16,ranksep=0.22];\n"
                     "node [shape=box,fixedsize=true,label=\"\"];\nedge [arrowsize=0.6];\n";
  std::string entries, exits;
  for (std::size_t i = 0; i < layout.items.size(); ++i) {
    append_item(layout, i, text);
    if (layout.items[i].kind == Item::kEntry) entries += " i" + std::to_string(i) + ";";
    if (layout.items[i].kind == Item::kExit) exits += " i" + std::to_string(i) + ";";
  }
  if (!entries.empty()) text += "{rank=source;" + entries + "}\n";
  if (!exits.empty()) text += "{rank=sink;" + exits + "}\n";
  for (std::size_t l = 0; l < layout.lines.size(); ++l) {
    const Line& line = layout.lines[l];
    text += "i" + std::to_string(line.from) + " -> i" + std::to_string(line.to) + " [id=\"" +
            std::to_string(l) + "\"";
    if (is_labelled(layout, line)) text += ",label=" + sized_label(view.values[line.value].type);
    text += "];\n";
  }
  return text + "}\n";
}

void take_places(const PlacedGraph& placed, bool sideways, BlockLayout& layout) {
  layout.sideways = sideways;
  layout.width = placed.width;
  layout.height = placed.height;
  for (const PlacedNode& node : placed.nodes)
    layout.items.at(std::stoul(node.name.substr(1))).centre = node.centre;
  for (const PlacedEdge& edge : placed.edges) {
    Line& line = layout.lines.at(std::stoul(edge.id));
    line.spline = edge.spline;
    line.end = edge.end;
    line.label = edge.label;
    line.has_label = is_labelled(layout, line);
  }
}

double distance_from_best(const PlacedGraph& graph) {
  return std::fabs(std::log((graph.width + 1) / (graph.height + 1) / kBestAspect));
}

// Each twice, downwards and sideways, and of the two the one that fits a page better.
void place(const NetworkView& view, const std::vector<BlockLayout*>& layouts) {
  std::vector<std::string> texts;
  for (const BlockLayout* layout : layouts) {
    texts.push_back(dot_text(view, *layout, false));
    texts.push_back(dot_text(view, *layout, true));
  }
  const std::vector<PlacedGraph> placed = lay_out(texts);
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const PlacedGraph &down = placed[2 * i], &side = placed[2 * i + 1];
    const bool sideways = distance_from_best(side) < distance_from_best(down);
    take_places(sideways ? side : down, sideways, *layouts[i]);
  }
}

void set_sizes(const NetworkView& view, const std::vector<Size>& block_sizes, bool timed,
               BlockLayout& layout) {
  for (Item& item : layout.items) {
    Size size{kPortSize, kPortSize};
    if (item.kind == Item::kNode) size = size_of(node_label(view.nodes[item.index], timed));
    if (item.kind == Item::kBlock) size = block_sizes[item.index];
    item.width = size.width;
    item.height = size.height;
  }
}

std::vector<Size> closed_sizes(const NetworkView& view, bool timed) {
  std::vector<Size> sizes;
  for (const ViewBlock& block : view.blocks) {
    sizes.push_back(size_of(block_label(block, timed)));
    sizes.back().width += kSignWidth;
  }
  return sizes;
}

}  // namespace

Label node_label(const ViewNode& node, bool timed) {
  if (node.family == Family::kPort) return {node.name, {}};
  Label label{node.type, {}};
  if (!node.layer.empty()) label.lines.push_back(node.layer);
  if (!node.detail.empty()) label.lines.push_back(node.detail);
  if (timed && node.ms) label.lines.push_back(time_text(*node.ms));
  return label;
}

Label block_label(const ViewBlock& block, bool timed) {
  Label label{block.name, {std::to_string(block.operators) + " operators"}};
  if (block.macs > 0) label.lines.push_back(format("%.3g GMAC", block.macs / 1e9));
  if (timed && block.ms) label.lines.push_back(time_text(*block.ms));
  return label;
}

double name_size(const BlockLayout& layout) {
  return std::clamp(0.045 * std::max(layout.width, layout.height), kTitleSize, 150.0);
}

double frame_top(const BlockLayout& layout) { return 1.25 * name_size(layout) + 14; }

double text_width(const std::string& text, double font_size) {
  double ems = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;  // the rest of a character
    const bool narrow = c == ' ' || c == '.' || c == ',' || c == 'i' || c == 'l' || c == '/';
    const bool wide = byte >= 0x80 || c == 'm' || c == 'w' || (c >= 'A' && c <= 'Z');
    ems += narrow ? 0.34 : wide ? 0.82 : 0.62;
  }
  return ems * font_size;
}

Size size_of(const Label& label) {
  Size size{kBoldWidth * text_width(label.title, kTitleSize), kTitleSize + 2};
  for (const std::string& line : label.lines) {
    size.width = std::max(size.width, text_width(line, kTextSize));
    size.height += kTextSize + 3;
  }
  return {std::max(size.width + 2 * kPadding, 40.0), size.height + kPadding};
}

std::vector<BlockLayout> closed_layouts(const NetworkView& view, bool timed) {
  std::vector<BlockLayout> layouts = Contents(view).take();
  const std::vector<Size> sizes = closed_sizes(view, timed);
  std::vector<BlockLayout*> all;
  for (BlockLayout& layout : layouts) {
    set_sizes(view, sizes, timed, layout);
    all.push_back(&layout);
  }
  place(view, all);
  return layouts;
}

std::vector<BlockLayout> open_layouts(const NetworkView& view, int depth, bool timed) {
  std::vector<BlockLayout> layouts = Contents(view).take();
  std::vector<Size> sizes = closed_sizes(view, timed);
  int deepest = 0;
  for (const ViewBlock& block : view.blocks) deepest = std::max(deepest, block.depth);
  for (int level = std::min(depth, deepest); level >= 0; --level) {
    std::vector<BlockLayout*> here;
    for (std::size_t b = 0; b < layouts.size(); ++b) {
      if (view.blocks[b].depth != level) continue;
      set_sizes(view, sizes, timed, layouts[b]);
      here.push_back(&layouts[b]);
    }
    place(view, here);
    for (std::size_t b = 0; b < layouts.size(); ++b) {
      if (view.blocks[b].depth != level) continue;
      const double name = text_width(view.blocks[b].name, name_size(layouts[b])) + 2 * kPadding;
      sizes[b] = {std::max(layouts[b].width + 2 * kFrameSide, name),
                  layouts[b].height + frame_top(layouts[b]) + kFrameBottom};
    }
  }
  return layouts;
}

}  // namespace u2net::drawing
