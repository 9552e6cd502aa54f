// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

struct DeadCodeTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {1, 2, 4, 6});
  Tensor fed = integers({1, 2, 4, 6}, 2);

  Passed eliminate() { return apply(eliminate_dead_code, Stage::kModel, g, std::span(&fed, 1)); }
};

TEST_F(DeadCodeTest, WholeBranches) {
  const ValueId dead = g.conv(x, integers({3, 2, 1, 1}, 1));
  g.op("sigmoid", {{"X", {g.relu(dead)}}});
  g.output(g.relu(x));
  const Passed passed = eliminate();
  EXPECT_TRUE(passed.changed);
  EXPECT_EQ(passed.graph.nodes.size(), 1U);
}

TEST_F(DeadCodeTest, ReleasesWeightsThatNobodyReads) {
  const ValueId used = g.constant(integers({2, 2, 1, 1}, 1)),
                unused = g.constant(integers({3, 2, 1, 1}, 1));
  g.op("conv2d", {{"Input", {x}}, {"Filter", {unused}}});
  g.output(g.op("conv2d", {{"Input", {x}}, {"Filter", {used}}}));
  const Passed passed = eliminate();
  EXPECT_EQ(passed.graph.constant(unused), nullptr);
  EXPECT_NE(passed.graph.constant(used), nullptr);
  EXPECT_NE(g.graph().constant(unused), nullptr) << "of another graph";
}

TEST_F(DeadCodeTest, KeepsWeightsThatAreFetched) {
  const ValueId weight = g.constant(integers({3}, 1));
  g.output(weight);
  g.output(g.relu(x));
  EXPECT_NE(eliminate().graph.constant(weight), nullptr);
}

TEST_F(DeadCodeTest, NotWhatAnOutputNeeds) {
  const ValueId y = g.relu(x);
  g.output(y);
  g.output(g.op("sigmoid", {{"X", {y}}}));
  EXPECT_FALSE(eliminate().changed);
}

TEST_F(DeadCodeTest, KeepsInputsThatNobodyReads) {
  g.input("unused", {3});
  g.output(g.relu(x));
  Graph graph = g.graph();
  eliminate_dead_code(graph);
  EXPECT_EQ(graph.inputs.size(), 2U);
}

}  // namespace
}  // namespace u2net::engine::test
