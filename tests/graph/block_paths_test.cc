// SPDX-License-Identifier: Apache-2.0
#include "tools/graph/block_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/graph_builder.h"

namespace u2net::drawing {
namespace {

using test::GraphBuilder;
using testing::Each;
using testing::ElementsAre;

struct BlockPathsTest : testing::Test {
  GraphBuilder g;
  std::map<std::string, std::string> names;

  Tensor filter() const { return Tensor(DType::kFloat32, {4, 4, 3, 3}); }

  // A convolution whose weight has that name in the code.
  ValueId layer(ValueId x, const std::string& name) {
    const ValueId y = g.conv(x, filter());
    const Node& node = g.graph().nodes.back();
    names[g.graph().values[node.inputs[1].front()].name] = name + ".weight";
    return y;
  }

  ValueId pool(ValueId x) {
    return g.op("pool2d", {{"X", {x}}},
                {{"pooling_type", std::string("max")}, {"ksize", std::vector<std::int64_t>{2, 2}}});
  }

  std::vector<std::string> paths() const { return block_paths(g.graph(), names); }
};

TEST_F(BlockPathsTest, ParametersNameTheBlockOfTheirLayer) {
  const ValueId x = g.input("x", {1, 4, 8, 8});
  const ValueId a = layer(x, "stage1.unit.conv");
  g.output(layer(layer(a, "stage1.conv"), "conv"));
  EXPECT_THAT(paths(), ElementsAre("stage1/unit", "stage1", ""));
}

TEST_F(BlockPathsTest, WhatWorksElementByElementStaysWithItsMaker) {
  const ValueId x = g.input("x", {1, 4, 8, 8});
  const ValueId a = g.relu(layer(x, "stage1.a.conv"));
  const ValueId pooled = pool(a);
  g.output(g.relu(layer(pooled, "stage1.b.conv")));
  g.output(a);
  EXPECT_THAT(paths(), ElementsAre("stage1/a", "stage1/a", "stage1", "stage1/b", "stage1/b"));
}

TEST_F(BlockPathsTest, ASumOfABlocksOwnTensorsClosesTheBlock) {
  const ValueId x = g.input("x", {1, 4, 8, 8});
  const ValueId a = g.relu(layer(x, "stage1.a.conv"));
  const ValueId b = g.relu(layer(a, "stage1.b.conv"));
  const ValueId sum = g.add(b, a);
  g.output(layer(sum, "stage2.a.conv"));
  g.output(layer(sum, "stage2.b.conv"));
  EXPECT_EQ(paths()[4], "stage1");
}

TEST_F(BlockPathsTest, BetweenBlocksIsNoBlock) {
  const ValueId x = g.input("x", {1, 4, 8, 8});
  const ValueId a = layer(x, "stage1.conv");
  const ValueId pooled = pool(a);
  const ValueId b = layer(pooled, "stage2.conv");
  g.output(g.op("concat", {{"X", {a, b}}}, {{"axis", std::int64_t{1}}}));
  EXPECT_THAT(paths(), ElementsAre("stage1", "", "stage2", ""));
}

TEST_F(BlockPathsTest, ScopesOfTheProgramComeFirst) {
  const ValueId x = g.input("x", {1, 4, 8, 8});
  g.output(g.relu(layer(x, "stage1.conv")));
  Graph graph = g.graph();
  graph.nodes[0].scope = "a/b";
  graph.nodes[1].scope = "a";
  EXPECT_THAT(block_paths(graph, names), ElementsAre("a/b", "a"));
}

TEST_F(BlockPathsTest, WithoutAnyNameAResidualConnectionIsABlock) {
  const ValueId x = g.input("x", {1, 4, 8, 8});
  ValueId y = g.relu(g.conv(x, filter()));
  for (int i = 0; i < 2; ++i) y = g.relu(g.add(g.conv(g.relu(g.conv(y, filter())), filter()), y));
  g.output(y);
  EXPECT_THAT(paths(), ElementsAre("", "", "block 1", "block 1", "block 1", "block 1", "",
                                   "block 2", "block 2", "block 2", "block 2", ""));
}

TEST_F(BlockPathsTest, ResidualBlocksLieInEachOther) {
  const ValueId x = g.input("x", {1, 4, 8, 8});
  const ValueId first = g.relu(x);
  const ValueId second = g.relu(g.conv(first, filter()));
  const ValueId inner = g.add(g.conv(g.relu(second), filter()), second);
  g.output(g.add(g.relu(inner), first));
  EXPECT_THAT(paths(), ElementsAre("", "block 1", "block 1", "block 1/block 1.1",
                                   "block 1/block 1.1", "block 1/block 1.1", "block 1", "block 1"));
}

TEST_F(BlockPathsTest, WhatIsReadElsewhereIsNoBlock) {
  const ValueId x = g.input("x", {1, 4, 8, 8});
  const ValueId first = g.relu(x);
  const ValueId inside = g.relu(g.conv(first, filter()));
  g.output(g.add(g.conv(inside, filter()), first));
  g.output(inside);
  EXPECT_THAT(paths(), Each(std::string()));
}

TEST(DeepestPath, IsTheFirstOfEquals) {
  EXPECT_EQ(deepest_path({}), "");
  EXPECT_EQ(deepest_path({"", "a", "b", "b/c", "d/e", "d"}), "b/c");
}

}  // namespace
}  // namespace u2net::drawing
