// SPDX-License-Identifier: Apache-2.0
// Where everything in a block is. Each block is a graph of its own to Graphviz, in which a block
// inside is one node, of the size that it has when it is closed or open: small graphs are laid out
// in no time, whatever the network's size, and a block can be opened and closed by itself.
#pragma once

#include <string>
#include <vector>

#include "tools/graph/graphviz.h"
#include "tools/graph/network_view.h"

namespace u2net::drawing {

struct Item {
  enum Kind { kNode, kBlock, kEntry, kExit };  // an entry or exit: a tensor crosses the border
  Kind kind;
  int index;  // of the node or block; of an entry or exit its value
  Point centre{};
  double width = 0, height = 0;
};

struct Line {
  int from, to;  // items
  ValueId value;
  std::vector<Point> spline{};
  Point end{}, label{};
  bool has_label = false;
};

struct BlockLayout {
  bool sideways = false;  // from left to right
  double width = 0, height = 0;
  std::vector<Item> items;
  std::vector<Line> lines;
};

struct Size {
  double width = 0, height = 0;
};

// The lines of text in a node, and in a closed block.
struct Label {
  std::string title;
  std::vector<std::string> lines;
};
Label node_label(const ViewNode& node, bool timed);
Label block_label(const ViewBlock& block, bool timed);

// In points. The widths are estimates that are rather too large than too small: which font a
// viewer has is not known.
inline constexpr double kTitleSize = 11, kTextSize = 9;
double text_width(const std::string& text, double font_size);
Size size_of(const Label& label);

// What an open block needs around its layout. Its name stands in the upper margin, in letters that
// are as easy to read as the block is large.
inline constexpr double kFrameSide = 14, kFrameBottom = 14;
double name_size(const BlockLayout& layout);
double frame_top(const BlockLayout& layout);

// The layouts of every block, all with closed blocks inside.
std::vector<BlockLayout> closed_layouts(const NetworkView& view, bool timed);

// Those of blocks whose depth is at most `depth`, each as it is drawn inside of its parent; deeper
// ones are closed. The first, of the network, has the size of the whole picture.
std::vector<BlockLayout> open_layouts(const NetworkView& view, int depth, bool timed);

}  // namespace u2net::drawing
