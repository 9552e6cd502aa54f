// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/ops/conv2d.h"
#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

struct ResidualTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 3, 5, 6});
  ValueId y = g.conv(x, integers({3, 3, 1, 1}, 1));
  Tensor fed = integers({2, 3, 5, 6}, 2);

  Passed fuse() { return apply(fuse_residual, Stage::kPlan, g, std::span(&fed, 1)); }
  void expect_fused(std::size_t nodes) {
    const Passed passed = fuse();
    EXPECT_TRUE(passed.changed);
    EXPECT_EQ(passed.count("elementwise_add"), 0);
    EXPECT_EQ(passed.graph.nodes.size(), nodes);
  }
  void expect_left_alone() {
    const Passed passed = fuse();
    EXPECT_FALSE(passed.changed);
    EXPECT_EQ(passed.graph.nodes.size(), g.graph().nodes.size());
  }
};

TEST_F(ResidualTest, OnTheRight) {
  g.output(g.add(y, x));
  expect_fused(1);
}

TEST_F(ResidualTest, OnTheLeft) {
  g.output(g.add(x, y));
  expect_fused(1);
}

TEST_F(ResidualTest, OfAConstant) {
  g.output(g.add(y, g.constant(integers({2, 3, 5, 6}, 3))));
  expect_fused(1);
}

// The convolution is written before its residual is: it has to move.
TEST_F(ResidualTest, ThatIsComputedLater) {
  g.output(g.add(y, g.op("sigmoid", {{"X", {x}}})));
  expect_fused(2);
}

TEST_F(ResidualTest, OfAnotherConvolution) {
  g.output(g.add(y, g.conv(x, integers({3, 3, 1, 1}, 5))));
  const Passed passed = fuse();
  EXPECT_EQ(passed.count("conv2d"), 2);
  EXPECT_EQ(passed.count("elementwise_add"), 0);
}

TEST_F(ResidualTest, InAChain) {
  ValueId sum = y;
  for (std::uint64_t i = 0; i < 4; ++i) sum = g.add(g.conv(sum, integers({3, 3, 1, 1}, i)), sum);
  g.output(sum);
  const Passed passed = fuse();
  EXPECT_EQ(passed.count("elementwise_add"), 0);
  EXPECT_EQ(passed.count("conv2d"), 5);
}

TEST_F(ResidualTest, BehindTheRelu) {  // conv + relu, then the sum
  g.output(g.add(g.relu(y), x));
  bool (*const passes[])(Graph&) = {fuse_relu, fuse_residual};
  const Passed passed = apply_all(passes, Stage::kPlan, g, std::span(&fed, 1));
  ASSERT_EQ(passed.graph.nodes.size(), 1U);
  EXPECT_TRUE(op_as<Conv2d>(passed.graph.nodes[0])->relu);
  EXPECT_FALSE(op_as<Conv2d>(passed.graph.nodes[0])->relu_after_residual);
}

TEST_F(ResidualTest, TakesOneOnly) {
  g.output(g.add(g.add(y, x), g.op("sigmoid", {{"X", {x}}})));
  const Passed passed = fuse();
  EXPECT_TRUE(passed.changed);
  EXPECT_EQ(passed.count("elementwise_add"), 1);
}

TEST_F(ResidualTest, NotOfItself) {
  g.output(g.add(y, y));
  expect_left_alone();
}

TEST_F(ResidualTest, NotWhereItWouldBroadcast) {
  g.output(g.add(y, g.input("r", {1, 3, 5, 6})));
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(fed));
  inputs.push_back(integers({1, 3, 5, 6}, 3));
  EXPECT_FALSE(apply(fuse_residual, Stage::kPlan, g, inputs).changed);
}

TEST_F(ResidualTest, NotWhereTheConvolutionWouldBroadcast) {
  g.output(g.add(y, g.input("r", {2, 2, 3, 5, 6})));
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(fed));
  inputs.push_back(integers({2, 2, 3, 5, 6}, 3));
  EXPECT_FALSE(apply(fuse_residual, Stage::kPlan, g, inputs).changed);
}

TEST_F(ResidualTest, NotWhereTheConvolutionIsFetched) {
  g.output(y);
  g.output(g.add(y, x));
  expect_left_alone();
}

TEST_F(ResidualTest, NotWhereAnotherReadsTheConvolution) {
  g.output(g.add(y, x));
  g.output(g.relu(y));
  expect_left_alone();
}

TEST_F(ResidualTest, NotAProduct) {
  g.output(g.op("elementwise_mul", {{"X", {y}}, {"Y", {x}}}));
  expect_left_alone();
}

TEST_F(ResidualTest, NotBetweenOthers) {
  g.output(g.add(g.relu(y), x));
  expect_left_alone();
}

}  // namespace
}  // namespace u2net::engine::test
