// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/ops/conv2d.h"
#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

struct ReluTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 3, 5, 6});
  ValueId y = g.conv(x, integers({4, 3, 3, 3}, 1));
  Tensor fed = integers({2, 3, 5, 6}, 2);

  Passed fuse() { return apply(fuse_relu, Stage::kPlan, g, std::span(&fed, 1)); }
};

TEST_F(ReluTest, EndsTheConvolution) {
  const ValueId relu = g.relu(y);
  g.output(relu);
  const Passed passed = fuse();
  EXPECT_TRUE(passed.changed);
  EXPECT_EQ(passed.count("relu"), 0);
  EXPECT_TRUE(op_as<Conv2d>(passed.node("conv2d"))->relu);
  EXPECT_FALSE(op_as<Conv2d>(passed.node("conv2d"))->relu_after_residual);
  EXPECT_EQ(passed.node("conv2d").name, g.graph().values[relu].name);
  EXPECT_FALSE(op_as<Conv2d>(g.graph().nodes[0])->relu) << "operators are shared: never change one";
}

TEST_F(ReluTest, FollowsTheResidual) {
  GraphBuilder r;
  const ValueId in = r.input("x", {2, 3, 5, 6}), residual = r.input("r", {2, 4, 3, 4});
  r.output(r.relu(r.add(r.conv(in, integers({4, 3, 3, 3}, 1)), residual)));
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(fed));
  inputs.push_back(integers({2, 4, 3, 4}, 3));
  bool (*const passes[])(Graph&) = {fuse_residual, fuse_relu};
  const Passed passed = apply_all(passes, Stage::kPlan, r, inputs);
  ASSERT_EQ(passed.graph.nodes.size(), 1U);
  EXPECT_TRUE(op_as<Conv2d>(passed.graph.nodes[0])->relu_after_residual);
  EXPECT_FALSE(op_as<Conv2d>(passed.graph.nodes[0])->relu);
}

TEST_F(ReluTest, OfTwoTakesOneAtATime) {
  g.output(g.relu(g.relu(y)));
  bool (*const passes[])(Graph&) = {fuse_relu, fuse_relu};
  EXPECT_EQ(apply_all(passes, Stage::kPlan, g, std::span(&fed, 1)).graph.nodes.size(), 1U);
}

TEST_F(ReluTest, NotWhereTheConvolutionIsFetched) {
  g.output(y);
  g.output(g.relu(y));
  EXPECT_FALSE(fuse().changed);
}

TEST_F(ReluTest, NotWhereAnotherReadsTheConvolution) {
  g.output(g.relu(y));
  g.output(g.op("sigmoid", {{"X", {y}}}));
  EXPECT_FALSE(fuse().changed);
}

TEST_F(ReluTest, NotWhereTwoReadTheConvolution) {
  g.output(g.relu(y));
  g.output(g.relu(y));
  EXPECT_FALSE(fuse().changed);
}

TEST_F(ReluTest, NotAnotherActivation) {
  g.output(g.op("sigmoid", {{"X", {y}}}));
  EXPECT_FALSE(fuse().changed);
}

TEST_F(ReluTest, NotBehindAnotherOperator) {
  g.output(g.relu(
      g.op("pool2d", {{"X", {y}}},
           {{"pooling_type", std::string("max")}, {"ksize", std::vector<std::int64_t>{2, 2}}})));
  EXPECT_FALSE(fuse().changed);
}

}  // namespace
}  // namespace u2net::engine::test
