// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>

#include "engine/ops/conv2d.h"
#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

bool split(Graph& graph) {
  WorkBudget all;
  return split_transpose(graph, all);
}

struct TransposeTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 5, 3, 4});
  Tensor fed = integers({2, 5, 3, 4}, 2);

  ValueId transposed(std::int64_t channels, std::int64_t side, std::vector<std::int64_t> strides,
                     bool has_bias = false, std::vector<std::int64_t> paddings = {0, 0}) {
    GraphBuilder::Slots inputs = {{"Input", {x}},
                                  {"Filter", {g.constant(integers({5, channels, side, side}, 1))}}};
    if (has_bias) inputs.push_back({"Bias", {g.constant(integers({channels}, 3))}});
    return g.op("conv2d_transpose", inputs, {{"strides", strides}, {"paddings", paddings}});
  }
  Passed pass() { return apply(split, Stage::kModel, g, std::span(&fed, 1)); }
};

TEST_F(TransposeTest, BecomesAConvolutionWhosePixelsAreShuffled) {
  for (const std::int64_t channels : {1, 2, 4}) {
    for (const std::int64_t side : {2, 3, 4}) {
      g = GraphBuilder();
      x = g.input("x", {2, 5, 3, 4});
      const ValueId end = transposed(channels, side, {side, side}, channels > 1);
      g.output(end);
      const Passed passed = pass();
      ASSERT_EQ(passed.graph.nodes.size(), 2U);
      EXPECT_EQ(passed.node("pixel_shuffle").name, g.graph().values[end].name);
    }
  }
}

TEST_F(TransposeTest, AFunctionBehindItGoesWithTheConvolution) {
  g.output(g.op("leaky_relu", {{"X", {transposed(1, 2, {2, 2}, true)}}}, {{"alpha", 0.25F}}));
  bool (*const passes[])(Graph&) = {split, fuse_activation};
  const Passed passed = apply_all(passes, Stage::kModel, g, std::span(&fed, 1));
  ASSERT_EQ(passed.graph.nodes.size(), 2U);
  EXPECT_TRUE(op_as<Conv2d>(passed.node("conv2d"))->activation);
}

TEST_F(TransposeTest, TwoOfThemEachForItself) {
  g.output(g.add(transposed(1, 2, {2, 2}), g.relu(transposed(1, 2, {2, 2}, true))));
  const Passed passed = pass();
  EXPECT_EQ(passed.count("conv2d"), 2);
  EXPECT_EQ(passed.count("pixel_shuffle"), 2);
}

TEST_F(TransposeTest, WhatIsReadTwiceIsShuffledFirst) {
  const ValueId y = transposed(1, 2, {2, 2});
  g.output(g.relu(y));
  g.output(y);
  EXPECT_EQ(pass().graph.nodes.size(), 3U);
}

TEST_F(TransposeTest, NotToManyChannels) {
  g.output(transposed(5, 2, {2, 2}));
  EXPECT_FALSE(pass().changed);
}

TEST_F(TransposeTest, NotWhereWindowsOverlapOrLieApart) {
  for (const auto& [side, stride, padding] :
       {std::array<std::int64_t, 3>{4, 2, 1}, {3, 2, 0}, {2, 3, 0}, {2, 2, 1}}) {
    g = GraphBuilder();
    x = g.input("x", {2, 5, 3, 4});
    g.output(transposed(1, side, {stride, stride}, false, {padding, padding}));
    EXPECT_FALSE(pass().changed) << side << " " << stride << " " << padding;
  }
}

TEST_F(TransposeTest, NotWithinABudgetThatIsSpent) {
  g.output(transposed(1, 2, {2, 2}));
  Graph graph = g.graph();
  WorkBudget none({.bytes = 4, .work = 1e9});
  EXPECT_FALSE(split_transpose(graph, none));
}

}  // namespace
}  // namespace u2net::engine::test
