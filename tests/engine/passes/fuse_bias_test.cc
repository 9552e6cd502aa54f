// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/ops/conv2d.h"
#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

// 5x6 pictures, so that neither height nor width can be taken for the 4 channels.
struct BiasTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 3, 5, 6});
  ValueId y = g.conv(x, integers({4, 3, 1, 1}, 1));
  Tensor fed = integers({2, 3, 5, 6}, 2);

  Passed fuse() { return apply(fuse_bias, Stage::kModel, g, std::span(&fed, 1)); }
  void expect_fused() {
    const Passed passed = fuse();
    EXPECT_TRUE(passed.changed);
    EXPECT_EQ(passed.count("elementwise_add"), 0);
    EXPECT_TRUE(passed.node("conv2d").has_input(Conv2d::kBias));
  }
  void expect_left_alone() {
    const Passed passed = fuse();
    EXPECT_FALSE(passed.changed);
    EXPECT_EQ(passed.graph.nodes.size(), g.graph().nodes.size());
  }
};

TEST_F(BiasTest, OfChannelsByOnes) {
  g.output(g.add(y, g.constant(integers({1, 4, 1, 1}, 3))));
  expect_fused();
}

TEST_F(BiasTest, AlongAxisOne) {
  g.output(g.add(y, g.constant(integers({4}, 3)), 1));
  expect_fused();
}

TEST_F(BiasTest, WithTrailingOnes) {
  g.output(g.add(y, g.constant(integers({4, 1, 1}, 3))));
  expect_fused();
}

TEST_F(BiasTest, OfOneElement) {
  g.output(g.add(y, g.constant(integers({1}, 5))));
  expect_fused();
}

TEST_F(BiasTest, OnTheLeft) {
  g.output(g.add(g.constant(integers({1, 4, 1, 1}, 3)), y));
  expect_fused();
}

TEST_F(BiasTest, OnTopOfABias) {
  const ValueId filter = g.constant(integers({4, 3, 1, 1}, 1)), bias = g.constant(integers({4}, 3));
  const ValueId biased = g.op("conv2d", {{"Input", {x}}, {"Filter", {filter}}, {"Bias", {bias}}});
  g.output(g.add(biased, g.constant(integers({1, 4, 1, 1}, 4))));
  const Passed passed = fuse();
  EXPECT_EQ(passed.count("elementwise_add"), 0);
}

TEST_F(BiasTest, KeepsTheNameOfTheSum) {
  const ValueId sum = g.add(y, g.constant(integers({1, 4, 1, 1}, 3)));
  g.output(g.relu(sum));
  EXPECT_EQ(fuse().node("conv2d").name, g.graph().values[sum].name);
}

TEST_F(BiasTest, NotAlongTheWidth) {
  g.output(g.add(y, g.constant(integers({6}, 3))));
  expect_left_alone();
}

TEST_F(BiasTest, NotAlongTheHeight) {
  g.output(g.add(y, g.constant(integers({5, 1}, 3))));
  expect_left_alone();
}

TEST_F(BiasTest, NotByChannelAndHeight) {
  g.output(g.add(y, g.constant(integers({4, 5, 1}, 3))));
  expect_left_alone();
}

TEST_F(BiasTest, NotByPicture) {
  g.output(g.add(y, g.constant(integers({2, 1, 1, 1}, 3))));
  expect_left_alone();
}

TEST_F(BiasTest, NotOfHigherRank) {
  g.output(g.add(y, g.constant(integers({2, 1, 4, 1, 1}, 3))));
  expect_left_alone();
}

// Along the width again, where the width is the number of channels.
TEST_F(BiasTest, NotAlongAWidthOfAsManyAsChannels) {
  fed = integers({2, 3, 5, 4}, 2);
  GraphBuilder square;
  const ValueId in = square.input("x", {2, 3, 5, 4});
  square.output(
      square.add(square.conv(in, integers({4, 3, 1, 1}, 1)), square.constant(integers({4}, 3))));
  EXPECT_FALSE(apply(fuse_bias, Stage::kModel, square, std::span(&fed, 1)).changed);
}

TEST_F(BiasTest, NotWhereTheSumWithoutItIsFetched) {
  g.output(y);
  g.output(g.add(y, g.constant(integers({1, 4, 1, 1}, 3))));
  expect_left_alone();
}

TEST_F(BiasTest, NotWhereAnotherReadsTheSum) {
  g.output(g.add(y, g.constant(integers({1, 4, 1, 1}, 3))));
  g.output(g.relu(y));
  expect_left_alone();
}

TEST_F(BiasTest, NotWhatIsFed) {
  const ValueId b = g.input("b", {1, 4, 1, 1});
  g.output(g.add(y, b));
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(fed));
  inputs.push_back(integers({1, 4, 1, 1}, 3));
  EXPECT_FALSE(apply(fuse_bias, Stage::kModel, g, inputs).changed);
}

TEST_F(BiasTest, NotAProduct) {
  g.output(g.op("elementwise_mul", {{"X", {y}}, {"Y", {g.constant(integers({1, 4, 1, 1}, 3))}}}));
  expect_left_alone();
}

TEST_F(BiasTest, NotBehindAReluThatWasFused) {
  g.output(g.add(g.relu(y), g.constant(integers({1, 4, 1, 1}, 3))));
  bool (*const passes[])(Graph&) = {fuse_relu, fuse_bias};
  EXPECT_EQ(apply_all(passes, Stage::kPlan, g, std::span(&fed, 1)).count("elementwise_add"), 1);
}

}  // namespace
}  // namespace u2net::engine::test
