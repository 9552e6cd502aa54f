// SPDX-License-Identifier: Apache-2.0
// The parts that pictures are made of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <span>
#include <vector>

#include "engine/base/error.h"
#include "tools/graph/filter_program.h"
#include "tools/graph/frame.h"
#include "tools/graph/graphviz.h"
#include "tools/graph/markup.h"
#include "tools/graph/tensor_statistics.h"

namespace u2net::drawing {
using namespace engine;
namespace {

TEST(TensorStatistics, OfFloats) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {-2, 0, 0, 6, inf, std::numeric_limits<float>::quiet_NaN()};
  const TensorStatistics s = statistics_of(Tensor::from<float>({2, 3}, values));
  EXPECT_EQ(s.elements, 6);
  EXPECT_EQ(s.zeros, 2);
  EXPECT_EQ(s.not_finite, 2);
  EXPECT_EQ(s.min, -2);
  EXPECT_EQ(s.max, 6);
  EXPECT_EQ(s.mean, 1);
  EXPECT_EQ(s.deviation, 3);  // sqrt((9 + 1 + 1 + 25) / 4)
}

TEST(TensorStatistics, OfNothingFinite) {
  const std::vector<float> values = {std::numeric_limits<float>::infinity()};
  const TensorStatistics s = statistics_of(Tensor::from<float>({1}, values));
  EXPECT_EQ(s.not_finite, 1);
  EXPECT_EQ(s.min, 0);
  EXPECT_EQ(s.deviation, 0);
}

TEST(TensorStatistics, OfIntegers) {
  const std::vector<std::int64_t> values = {5, 5, 5};
  const TensorStatistics s = statistics_of(Tensor::from<std::int64_t>({3}, values));
  EXPECT_EQ(s.mean, 5);
  EXPECT_EQ(s.deviation, 0);
}

std::vector<std::pair<double, double>> corners(const std::vector<Point>& way) {
  std::vector<std::pair<double, double>> points;
  for (const Point& p : way) points.emplace_back(p.x, p.y);
  return points;
}

TEST(Frame, GoesTheShorterWayRound) {
  const Rectangle lane{0, 0, 100, 40};
  using testing::ElementsAre;
  using testing::Pair;
  // From the left side up to the top, and from the right.
  EXPECT_THAT(corners(way_along(lane, {-5, 10}, {30, 5})),
              ElementsAre(Pair(-5, 10), Pair(0, 10), Pair(0, 0), Pair(30, 0), Pair(30, 5)));
  EXPECT_THAT(corners(way_along(lane, {105, 30}, {60, 44})),
              ElementsAre(Pair(105, 30), Pair(100, 30), Pair(100, 40), Pair(60, 40), Pair(60, 44)));
  EXPECT_THAT(corners(way_along(lane, {20, -3}, {40, 3})),
              ElementsAre(Pair(20, -3), Pair(20, 0), Pair(40, 0), Pair(40, 3)));
  // From above, close to a corner.
  EXPECT_THAT(corners(way_along(lane, {4, -20}, {40, 3})),
              ElementsAre(Pair(4, -20), Pair(4, 0), Pair(40, 0), Pair(40, 3)));
}

TEST(Markup, EscapesAndReplaces) {
  EXPECT_EQ(escaped("a<b>&\"c\""), "a&lt;b&gt;&amp;&quot;c&quot;");
  EXPECT_EQ(valid_utf8("1\xC3\x97"
                       "2 \xF0\x9F\x90\xB1"),
            "1\xC3\x97"
            "2 \xF0\x9F\x90\xB1");
  // A control character, a lone byte, an overlong zero, a surrogate, a character cut short.
  for (const char* bad : {"\x01", "\x80", "\xC0\x80", "\xED\xA0\x80", "\xE2\x82"}) {
    std::string rest = valid_utf8(std::string(bad) + "z");
    for (std::size_t at; (at = rest.find("\xEF\xBF\xBD")) == 0;) rest.erase(0, 3);
    EXPECT_EQ(rest, "z");
  }
}

TEST(FilterProgram, FeedsAndReadsAtOnce) {
  const std::string text(std::size_t{3} << 20, 'x');  // more than any pipe holds
  EXPECT_EQ(filter_through({"cat"}, text), text);
  EXPECT_EQ(filter_through({"true"}, text), "");
  EXPECT_THROW(filter_through({"false"}, text), Error);
  EXPECT_THROW(filter_through({"no-such-program"}, text), Error);
}

TEST(Graphviz, LaysOutManyGraphs) {
  // More than 128 with ranks in one process crash Graphviz 2.43.
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) {
    texts.push_back(
        "digraph g { node [shape=box,fixedsize=true,width=1,height=0.5]; a -> b "
        "[id=\"0\"]; c; {rank=source; a;} {rank=sink; b;} n" +
        std::to_string(i % 150) + "; }");
  }
  const std::vector<PlacedGraph> graphs = lay_out(texts);
  ASSERT_EQ(graphs.size(), 300U);
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    ASSERT_EQ(graphs[i].nodes.size(), 4U);
    EXPECT_EQ(graphs[i].nodes[3].name, "n" + std::to_string(i % 150));
    ASSERT_EQ(graphs[i].edges.size(), 1U);
    EXPECT_LT(graphs[i].edges[0].spline[0].y, graphs[i].edges[0].end.y) << "downwards";
  }
}

TEST(Graphviz, OfNothing) {
  EXPECT_TRUE(lay_out({}).empty());
  EXPECT_TRUE(lay_out({"digraph g {}"})[0].nodes.empty());
}

}  // namespace
}  // namespace u2net::drawing
