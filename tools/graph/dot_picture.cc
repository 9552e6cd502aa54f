// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>

#include "engine/base/text.h"
#include "tools/graph/block_layout.h"
#include "tools/graph/markup.h"
#include "tools/graph/picture.h"

namespace u2net::drawing {
using namespace engine;
namespace {

// In double quotes, where only they and the backslash are special.
std::string quoted_text(const std::string& text) {
  std::string result = "\"";
  for (const char c : valid_utf8(text)) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + "\"";
}

class DotWriter {
 public:
  DotWriter(const NetworkView& view, const PictureOptions& options)
      : view_(view), options_(options) {
    for (const ViewNode& node : view.nodes) slowest_ = std::max(slowest_, node.ms.value_or(0));
  }

  std::string write() {
    std::string caption = options_.caption.title;
    for (const std::string& line : options_.caption.lines) caption += "\n" + line;
    out_ = "digraph network {\n  graph [label=" + quoted_text(caption) +
           ",labelloc=t,fontname=\"Helvetica\",rankdir=TB,ranksep=0.25,nodesep=0.2];\n"
           "  node [shape=box,style=\"filled,rounded\",fontname=\"Helvetica\",fontsize=10,"
           "height=0.3,margin=\"0.1,0.04\"];\n"
           "  edge [fontname=\"Helvetica\",fontsize=8,color=\"#6e7781\",arrowsize=0.6];\n";
    write_block(0, "  ");
    for (const ViewEdge& edge : view_.edges) write_edge(edge);
    return out_ + "}\n";
  }

 private:
  std::string id(int node) const { return "n" + std::to_string(node); }

  // A closed block is one node, named after its number.
  std::string shown(int node) const {
    int block = view_.nodes[node].block;
    std::string result = id(node);
    for (; block > 0; block = view_.blocks[block].parent) {
      if (view_.blocks[block].depth > options_.depth) result = "b" + std::to_string(block);
    }
    return result;
  }

  static std::string text_of(const Label& label) {
    std::string text = label.title;
    for (const std::string& line : label.lines) text += "\n" + line;
    return text;
  }

  void write_block(int index, const std::string& indent) {
    const ViewBlock& block = view_.blocks[index];
    if (block.depth > options_.depth) {
      out_ += indent + "b" + std::to_string(index) +
              " [label=" + quoted_text(text_of(block_label(block, options_.timed))) +
              ",fillcolor=\"#f6f8fa\",color=\"#57606a\"];\n";
      return;
    }
    std::string inner = indent;
    if (index > 0) {
      out_ += indent + "subgraph cluster_" + std::to_string(index) + " {\n";
      inner += "  ";
      out_ += inner + "label=" + quoted_text(block.name) +
              "; labeljust=l; style=rounded; color=\"#8c959f\"; bgcolor=\"#57606a0b\";\n";
    }
    for (int child : block.blocks) write_block(child, inner);
    for (int node : block.nodes) write_node(node, inner);
    if (index > 0) out_ += indent + "}\n";
  }

  void write_node(int index, const std::string& indent) {
    const ViewNode& node = view_.nodes[index];
    const FamilyLook& colours = look(node.family);
    const double share = slowest_ > 0 ? node.ms.value_or(0) / slowest_ : 0;
    const bool heat = options_.timed && node.ms;
    const std::string fill = heat             ? heat_colour(share)
                             : options_.timed ? "#ffffff"
                                              : std::string(colours.fill);
    std::string tooltip = node.name;
    for (const auto& [name, value] : node.attributes) tooltip += "\n" + name + ": " + value;
    if (!node.implementation.empty()) tooltip += "\nkernel: " + node.implementation;
    if (node.origins.size() > 1) {
      tooltip += "\nstands for:";
      for (const std::string& origin : node.origins) tooltip += " " + origin;
    }
    out_ += indent + id(index) +
            " [label=" + quoted_text(text_of(node_label(node, options_.timed))) +
            ",tooltip=" + quoted_text(tooltip) + ",fillcolor=\"" + fill + "\",color=\"" +
            std::string(options_.timed ? "#8c959f" : colours.stroke) + "\"" +
            (heat && heat_is_dark(share) ? ",fontcolor=\"#ffffff\"" : "") + "];\n";
  }

  void write_edge(const ViewEdge& edge) {
    const std::string from = shown(edge.from), to = shown(edge.to);
    if (from == to) return;
    const ViewValue& value = view_.values[edge.value];
    out_ += "  " + from + " -> " + to + " [label=" + quoted_text(value.type) +
            ",tooltip=" + quoted_text(value.name) + "];\n";
  }

  const NetworkView& view_;
  const PictureOptions& options_;
  double slowest_ = 0;
  std::string out_;
};

}  // namespace

std::string dot_picture(const NetworkView& view, const PictureOptions& options) {
  return DotWriter(view, options).write();
}

std::string summary_of(const PassRecord& record) {
  std::string text;
  const auto add = [&](std::size_t count, const char* what) {
    if (count > 0) append_word(text, std::to_string(count) + " " + what);
  };
  std::size_t merged = 0;
  for (const PassRecord::Fusion& fusion : record.fused) merged += fusion.from.size();
  if (merged > 0) {
    text = std::to_string(merged) + " fused into " + std::to_string(record.fused.size());
  }
  add(record.folded.size(), "made constant");
  add(record.changed.size(), "changed");
  add(record.removed.size(), "removed");
  return text;
}

}  // namespace u2net::drawing
