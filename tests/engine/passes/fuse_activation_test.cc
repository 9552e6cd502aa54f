// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/ops/conv2d.h"
#include "kernels/unary/functions.h"
#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

struct ActivationTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 3, 5, 6});
  ValueId y = g.conv(x, integers({4, 3, 3, 3}, 1));
  Tensor fed = integers({2, 3, 5, 6}, 2);

  Passed fuse() { return apply(fuse_activation, Stage::kPlan, g, std::span(&fed, 1)); }
  ValueId leaky(ValueId v) { return g.op("leaky_relu", {{"X", {v}}}, {{"alpha", 0.25F}}); }
};

TEST_F(ActivationTest, EndsTheConvolution) {
  for (const char* name : {"hard_swish", "relu6", "swish", "silu", "sigmoid", "hard_sigmoid",
                           "leaky_relu", "elu", "gelu", "mish", "tanh"}) {
    GraphBuilder one;
    const ValueId end =
        one.op(name, {{"X", {one.conv(one.input("x", {2, 3, 5, 6}), integers({4, 3, 3, 3}, 1))}}});
    one.output(end);
    const Passed passed = apply(fuse_activation, Stage::kPlan, one, std::span(&fed, 1));
    ASSERT_EQ(passed.graph.nodes.size(), 1U) << name;
    const Conv2d& conv = *op_as<Conv2d>(passed.node("conv2d"));
    EXPECT_EQ(kernels::row_of(conv.activation->kind).name, name);
    EXPECT_FALSE(conv.activation_after_residual);
    EXPECT_EQ(passed.node("conv2d").name, one.graph().values[end].name);
  }
}

TEST_F(ActivationTest, KeepsItsParameters) {
  g.output(leaky(y));
  EXPECT_EQ(op_as<Conv2d>(fuse().node("conv2d"))->activation->parameters[0], 0.25F);
  EXPECT_FALSE(op_as<Conv2d>(g.graph().nodes[0])->activation) << "operators are shared";
}

TEST_F(ActivationTest, StandsBehindTheResidualOrBeforeIt) {
  const ValueId r = g.input("r", {2, 4, 3, 4});
  GraphBuilder before;
  const ValueId in = before.input("x", {2, 3, 5, 6}), residual = before.input("r", {2, 4, 3, 4});
  before.output(before.relu(
      before.add(before.op("leaky_relu", {{"X", {before.conv(in, integers({4, 3, 3, 3}, 1))}}},
                           {{"alpha", 0.25F}}),
                 residual)));
  g.output(leaky(g.relu(g.add(y, r))));
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(fed));
  inputs.push_back(integers({2, 4, 3, 4}, 3));
  bool (*const passes[])(Graph&) = {fuse_residual, fuse_relu, fuse_activation, fuse_residual,
                                    fuse_relu};
  for (const GraphBuilder* builder : {&g, &before}) {
    const Passed passed = apply_all(passes, Stage::kPlan, *builder, inputs);
    ASSERT_EQ(passed.graph.nodes.size(), 1U);
    const Conv2d& conv = *op_as<Conv2d>(passed.graph.nodes[0]);
    EXPECT_TRUE(conv.activation && conv.relu_after_residual);
    EXPECT_EQ(conv.activation_after_residual, builder == &g);
  }
}

TEST_F(ActivationTest, AReluBehindItStays) {
  g.output(g.relu(leaky(y)));
  bool (*const passes[])(Graph&) = {fuse_activation, fuse_relu};
  EXPECT_EQ(apply_all(passes, Stage::kPlan, g, std::span(&fed, 1)).count("relu"), 1);
}

TEST_F(ActivationTest, OneAlone) {
  g.output(leaky(leaky(y)));
  bool (*const passes[])(Graph&) = {fuse_activation, fuse_activation};
  EXPECT_EQ(apply_all(passes, Stage::kPlan, g, std::span(&fed, 1)).count("leaky_relu"), 1);
}

TEST_F(ActivationTest, NotAFunctionThatIsAnyHowSteep) {
  g.output(g.op("sqrt", {{"X", {y}}}));
  EXPECT_FALSE(fuse().changed);
}

TEST_F(ActivationTest, NotWhereTheConvolutionIsFetchedOrReadTwice) {
  g.output(leaky(y));
  g.output(y);
  EXPECT_FALSE(fuse().changed);
}

}  // namespace
}  // namespace u2net::engine::test
