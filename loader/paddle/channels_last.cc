// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/channels_last.h"

#include <memory>
#include <string>
#include <utility>

#include "engine/ops/transpose.h"

namespace u2net::engine {
namespace {

// The operators of the engine that have no layout of their own, and which attribute says it. Where
// an operator has no such attribute, a file's is not looked at.
struct LayoutAttribute {
  std::string_view op, attribute;
};
constexpr LayoutAttribute kLayouts[] = {
    {"batch_norm", "data_layout"},
    {"bicubic_interp_v2", "data_layout"},
    {"bilinear_interp", "data_layout"},
    {"bilinear_interp_v2", "data_layout"},
    {"conv2d", "data_format"},
    {"conv2d_transpose", "data_format"},
    {"depthwise_conv2d", "data_format"},
    {"depthwise_conv2d_transpose", "data_format"},
    {"group_norm", "data_layout"},
    {"nearest_interp", "data_layout"},
    {"nearest_interp_v2", "data_layout"},
    {"pool2d", "data_format"},
    {"sync_batch_norm", "data_layout"},
};

// Of the dimensions n, ..., c the order n, c, ...; or back.
Integers channels_first(std::size_t rank) {
  Integers axes{0, static_cast<std::int64_t>(rank) - 1};
  while (axes.size() < rank) axes.push_back(static_cast<std::int64_t>(axes.size()) - 1);
  return axes;
}
Integers channels_last(std::size_t rank) {
  Integers axes{0};
  while (axes.size() + 1 < rank) axes.push_back(static_cast<std::int64_t>(axes.size()) + 1);
  axes.push_back(1);
  return axes;
}

void add_transpose(Graph& graph, const Node& around, ValueId from, ValueId to, Integers axes) {
  graph.nodes.push_back({.name = graph.values[static_cast<std::size_t>(to)].name,
                         .op = make_operator<Transpose>(std::move(axes)),
                         .inputs = {{from}},
                         .outputs = {{to}},
                         .scope = around.scope});
}

}  // namespace

bool take_channels_last(std::string_view op, Attributes& attributes) {
  for (const LayoutAttribute& row : kLayouts) {
    if (row.op != op) continue;
    const auto found = attributes.find(row.attribute);
    if (found == attributes.end()) return false;
    const auto* layout = std::get_if<std::string>(&found->second);
    if (!layout || *layout != "NHWC") return false;
    found->second = std::string("NCHW");
    return true;
  }
  return false;
}

void add_channels_last(Graph& graph, Node node, std::size_t rank) {
  if (rank < 3 || rank > kMaxRank) {  // nothing lies behind the channels; or it will be refused
    graph.nodes.push_back(std::move(node));
    return;
  }
  const auto value = [&](const char* suffix) {
    return graph.add_value({.name = node.name + suffix, .type = {}, .constant = nullptr});
  };
  const ValueId first = value(".channels_first"), inner = value(".nchw");
  const ValueId from = node.input(0), result = node.output();
  add_transpose(graph, node, from, first, channels_first(rank));
  node.name += ".nchw";
  node.inputs[0] = {first};
  node.outputs[0] = {inner};
  graph.nodes.push_back(node);
  add_transpose(graph, node, inner, result, channels_last(rank));
}

}  // namespace u2net::engine
