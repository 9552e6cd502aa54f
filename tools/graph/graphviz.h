// SPDX-License-Identifier: Apache-2.0
// The program `dot` of Graphviz, found on PATH when a picture is drawn: it is a program for the
// command line, its library adds nothing that its output does not say, and nobody who does not
// draw needs it.
#pragma once

#include <string>
#include <vector>

namespace u2net::drawing {

struct Point {
  double x = 0, y = 0;
};

struct PlacedNode {
  std::string name;
  Point centre;
};

struct PlacedEdge {
  std::string id;             // of the attribute `id`
  std::vector<Point> spline;  // 3n + 1 control points
  Point end;                  // where the arrowhead points
  Point label;                // its centre, where it has one
};

// In points, y downwards.
struct PlacedGraph {
  double width = 0, height = 0;
  std::vector<PlacedNode> nodes;
  std::vector<PlacedEdge> edges;
};

// Lays out each graph, equal ones once. Throws Error (kOutput) where `dot` is missing or fails.
std::vector<PlacedGraph> lay_out(const std::vector<std::string>& dot_texts);

}  // namespace u2net::drawing
