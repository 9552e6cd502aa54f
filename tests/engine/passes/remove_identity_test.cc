// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

struct IdentityTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {1, 2, 4, 6});
  ValueId y = g.relu(x);
  Tensor fed = integers({1, 2, 4, 6}, 2);

  Passed remove() { return apply(remove_identity, Stage::kPlan, g, std::span(&fed, 1)); }
  void expect_removed() {
    const Passed passed = remove();
    EXPECT_TRUE(passed.changed);
    EXPECT_EQ(passed.graph.nodes.size(), g.graph().nodes.size() - 1);
  }
  void expect_left_alone() { EXPECT_FALSE(remove().changed); }

  ValueId scale(double factor, double bias) {
    return g.op("scale", {{"X", {y}}}, {{"scale", factor}, {"bias", bias}});
  }
};

TEST_F(IdentityTest, ScaleByOne) {
  g.output(g.op("sigmoid", {{"X", {scale(1, 0)}}}));
  expect_removed();
}

TEST_F(IdentityTest, ScaleAtTheOutput) {  // as exporters put them: the output keeps its name
  g.output(scale(1, 0));
  expect_removed();
}

TEST_F(IdentityTest, CastToTheSameType) {
  g.output(g.op("cast", {{"X", {y}}}, {{"out_dtype", std::int64_t{5}}}));
  expect_removed();
}

TEST_F(IdentityTest, ReshapeToTheSameShape) {
  g.output(g.op("reshape2", {{"X", {y}}}, {{"shape", Integers{0, 0, 0, -1}}}));
  expect_removed();
}

TEST_F(IdentityTest, ResizeToTheSameSize) {
  g.output(g.op("bilinear_interp_v2", {{"X", {y}}},
                {{"out_h", std::int64_t{4}}, {"out_w", std::int64_t{6}}}));
  expect_removed();
}

TEST_F(IdentityTest, SeveralInARow) {
  const ValueId a = scale(1, 0);
  g.output(g.op("cast", {{"X", {g.op("scale", {{"X", {a}}})}}}, {{"out_dtype", std::int64_t{5}}}));
  EXPECT_EQ(remove().graph.nodes.size(), 1U);
}

TEST_F(IdentityTest, BetweenAnInputAndAnOutput) {
  g.output(g.op("scale", {{"X", {x}}}));
  g.output(y);
  EXPECT_EQ(remove().graph.nodes.size(), 1U);
}

TEST_F(IdentityTest, NotAScaleThatScales) {
  g.output(scale(2, 0));
  g.output(scale(1, 1));
  expect_left_alone();
}

TEST_F(IdentityTest, NotAScaleByATensor) {
  const ValueId factor = g.constant(Tensor::from<float>({1}, std::vector<float>{3}));
  g.output(g.op("scale", {{"X", {y}}, {"ScaleTensor", {factor}}}));
  expect_left_alone();
}

TEST_F(IdentityTest, NotACastToAnotherType) {
  g.output(g.op("cast", {{"X", {y}}}, {{"out_dtype", std::int64_t{6}}}));
  expect_left_alone();
}

TEST_F(IdentityTest, NotAReshapeToAnotherShape) {
  g.output(g.op("reshape2", {{"X", {y}}}, {{"shape", Integers{1, 2, 6, 4}}}));
  expect_left_alone();
}

TEST_F(IdentityTest, NotAResizeOfOneSide) {
  g.output(g.op("bilinear_interp_v2", {{"X", {y}}},
                {{"out_h", std::int64_t{4}}, {"out_w", std::int64_t{7}}}));
  expect_left_alone();
}

TEST_F(IdentityTest, NotAnOperatorThatMerelyKeepsTheShape) {
  g.output(g.op("sigmoid", {{"X", {y}}}));
  g.output(g.op("pool2d", {{"X", {y}}},
                {{"pooling_type", std::string("max")},
                 {"ksize", Integers{3, 3}},
                 {"paddings", Integers{1, 1}}}));
  expect_left_alone();
}

}  // namespace
}  // namespace u2net::engine::test
