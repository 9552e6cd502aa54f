// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/graph/infer.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/unary.h"
#include "tests/engine/passes/pass_check.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

struct LineTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 3, 5, 6});
  Tensor fed = integers({2, 3, 5, 6}, 2);

  ValueId leaky(ValueId v) { return g.op("leaky_relu", {{"X", {v}}}, {{"alpha", 0.25F}}); }
  ValueId times(ValueId v, Tensor c) {
    return g.op("elementwise_mul", {{"X", {v}}, {"Y", {g.constant(std::move(c))}}});
  }
  static Tensor one(float v) { return floats({v}); }
  Passed fuse() { return apply(fuse_scale, Stage::kPlan, g, std::span(&fed, 1)); }
};

TEST_F(LineTest, EndsTheFunction) {
  const ValueId end = g.op("scale", {{"X", {g.add(times(leaky(x), one(-2)), g.constant(one(3)))}}},
                           {{"scale", 4.0F}});
  g.output(end);
  const Passed passed = fuse();
  ASSERT_EQ(passed.graph.nodes.size(), 1U);
  const Unary& function = *op_as<Unary>(passed.node("leaky_relu"));
  EXPECT_EQ(function.parameters()[0], 0.25F);
  EXPECT_EQ(function.parameters().factor, -8);
  EXPECT_EQ(function.parameters().summand, 12);
  EXPECT_EQ(passed.node("leaky_relu").name, g.graph().values[end].name);
  EXPECT_FALSE(op_as<Unary>(g.graph().nodes[0])->parameters().has_line()) << "operators are shared";
}

TEST_F(LineTest, GoesWithItToTheEndOfAConvolution) {
  g.output(times(leaky(g.conv(x, integers({4, 3, 3, 3}, 1))), one(4)));
  bool (*const passes[])(Graph&) = {fuse_scale, fuse_activation};
  const Passed passed = apply_all(passes, Stage::kPlan, g, std::span(&fed, 1));
  ASSERT_EQ(passed.graph.nodes.size(), 1U);
  EXPECT_EQ(op_as<Conv2d>(passed.node("conv2d"))->activation->parameters.factor, 4);
}

TEST_F(LineTest, AReluWithOneIsNoReluOfAConvolution) {
  g.output(times(g.relu(g.conv(x, integers({4, 3, 3, 3}, 1))), one(4)));
  bool (*const passes[])(Graph&) = {fuse_scale, fuse_relu};
  EXPECT_EQ(apply_all(passes, Stage::kPlan, g, std::span(&fed, 1)).count("relu"), 1);
}

TEST_F(LineTest, NotByChannel) {
  g.output(times(leaky(x), integers({3, 1, 1}, 3)));
  EXPECT_FALSE(fuse().changed);
}

TEST_F(LineTest, NotAConstantOfHigherRank) {
  g.output(times(
      leaky(g.op("flatten_contiguous_range", {{"X", {x}}}, {{"start_axis", 0}, {"stop_axis", 3}})),
      integers({1, 1}, 3)));
  EXPECT_FALSE(fuse().changed);
}

TEST_F(LineTest, NotBeyondWhatAFloatHolds) {
  g.output(times(times(leaky(x), one(1e30F)), one(1e30F)));
  Graph graph = g.graph();
  infer_shapes(graph, views_of(std::span(&fed, 1)));
  EXPECT_TRUE(fuse_scale(graph));
  EXPECT_EQ(graph.nodes.size(), 2U);
}

TEST_F(LineTest, NotWhereTheFunctionIsFetched) {
  const ValueId y = leaky(x);
  g.output(times(y, one(2)));
  g.output(y);
  EXPECT_FALSE(fuse().changed);
}

}  // namespace
}  // namespace u2net::engine::test
