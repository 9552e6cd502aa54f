// SPDX-License-Identifier: Apache-2.0
#include "tools/graph/graphviz.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <locale>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <utility>

#include "engine/base/error.h"
#include "tools/graph/filter_program.h"

namespace u2net::drawing {
using namespace engine;
namespace {

using Json = nlohmann::json;

[[noreturn]] void fail(const std::string& why) {
  throw Error(ErrorCode::kOutput, "cannot draw the graph: the program 'dot' " + why);
}

// "12.5,40" or, as the end of an edge, "e,12.5,40".
Point parse_point(const std::string& text, double height) {
  const std::size_t start = text.starts_with("e,") || text.starts_with("s,") ? 2 : 0;
  Point point;
  char comma = 0;
  std::istringstream stream(text.substr(start));
  stream.imbue(std::locale::classic());
  stream >> point.x >> comma >> point.y;
  if (!stream || comma != ',') fail("printed the point '" + text + "'");
  point.y = height - point.y;
  return point;
}

PlacedEdge parse_edge(const Json& edge, double height) {
  PlacedEdge placed;
  placed.id = edge.value("id", "");
  std::istringstream words(edge.value("pos", ""));
  bool has_end = false;
  for (std::string word; words >> word;) {
    const Point point = parse_point(word, height);
    if (word.starts_with("e,")) {
      placed.end = point;
      has_end = true;
    } else if (!word.starts_with("s,")) {
      placed.spline.push_back(point);
    }
  }
  if (placed.spline.size() < 4 || placed.spline.size() % 3 != 1)
    fail("printed an edge without a way");
  if (!has_end) placed.end = placed.spline.back();
  if (edge.contains("lp")) placed.label = parse_point(edge["lp"].get<std::string>(), height);
  return placed;
}

PlacedGraph parse_graph(const Json& graph) {
  PlacedGraph placed;
  const std::string box = graph.value("bb", "0,0,0,0");
  const Point corner = parse_point(box.substr(box.find(',', box.find(',') + 1) + 1), 0);
  placed.width = corner.x;
  placed.height = std::fabs(corner.y);
  if (graph.contains("objects")) {
    for (const Json& node : graph["objects"]) {
      if (!node.contains("pos")) continue;
      placed.nodes.push_back({node.at("name").get<std::string>(),
                              parse_point(node["pos"].get<std::string>(), placed.height)});
    }
  }
  if (graph.contains("edges")) {
    for (const Json& edge : graph["edges"]) placed.edges.push_back(parse_edge(edge, placed.height));
  }
  return placed;
}

// One process lays out several graphs, but not many: Graphviz 2.43 counts them in a byte, and
// crashes when it overflows.
constexpr std::size_t kGraphsAProcess = 16;

std::vector<PlacedGraph> lay_out_batch(std::span<const std::string> dot_texts) {
  std::string input;
  for (const std::string& text : dot_texts) input += text;
  std::istringstream output(filter_through({"dot", "-Tjson0"}, input));
  std::vector<PlacedGraph> graphs;
  try {
    for (std::size_t i = 0; i < dot_texts.size(); ++i) {
      Json graph;
      output >> graph;
      graphs.push_back(parse_graph(graph));
    }
  } catch (const Json::exception& e) {
    fail(std::string("printed what is not its JSON: ") + e.what());
  }
  return graphs;
}

}  // namespace

std::vector<PlacedGraph> lay_out(const std::vector<std::string>& dot_texts) {
  std::vector<std::string> texts = dot_texts;
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  std::vector<PlacedGraph> graphs;
  for (std::size_t i = 0; i < texts.size(); i += kGraphsAProcess) {
    const std::size_t count = std::min(kGraphsAProcess, texts.size() - i);
    for (PlacedGraph& graph : lay_out_batch(std::span(texts).subspan(i, count)))
      graphs.push_back(std::move(graph));
  }
  std::vector<PlacedGraph> result;
  for (const std::string& text : dot_texts) {
    const auto it = std::lower_bound(texts.begin(), texts.end(), text);
    result.push_back(graphs[static_cast<std::size_t>(it - texts.begin())]);
  }
  return result;
}

}  // namespace u2net::drawing
