// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/ops/fused_conv2d.h"
#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

struct MaxPoolTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 3, 7, 9});
  ValueId y = g.conv(x, integers({4, 3, 3, 3}, 1), {{"paddings", Integers{1, 1}}});
  Tensor fed = integers({2, 3, 7, 9}, 2);

  ValueId pool(ValueId from, bool ceil = false, Integers size = {2, 2}, Integers strides = {2, 2},
               Integers pads = {0, 0}, const char* type = "max") {
    return g.op("pool2d", {{"X", {from}}},
                {{"pooling_type", std::string(type)},
                 {"ksize", size},
                 {"strides", strides},
                 {"paddings", pads},
                 {"ceil_mode", ceil}});
  }
  Passed fuse() { return apply(fuse_max_pool, Stage::kPlan, g, std::span(&fed, 1)); }
  void expect_left_alone() {
    const Passed passed = fuse();
    EXPECT_FALSE(passed.changed);
    EXPECT_EQ(passed.count("fused_conv2d"), 0);
  }
};

TEST_F(MaxPoolTest, BecomesASecondResult) {
  g.output(pool(y));
  const Passed passed = fuse();
  EXPECT_TRUE(passed.changed);
  EXPECT_EQ(passed.graph.nodes.size(), 1U);
  EXPECT_EQ(passed.graph.type_of(passed.node("fused_conv2d").output(FusedConv2d::kPooled)).shape,
            (Shape{2, 4, 3, 4}));
}

TEST_F(MaxPoolTest, WithWindowsOverTheEdge) {
  g.output(pool(y, true));
  EXPECT_EQ(fuse().graph.type_of(fuse().node("fused_conv2d").output(FusedConv2d::kPooled)).shape,
            (Shape{2, 4, 4, 5}));
}

TEST_F(MaxPoolTest, WhoeverElseReadsTheConvolution) {
  g.output(pool(y));
  g.output(g.relu(y));
  g.output(y);
  EXPECT_EQ(fuse().graph.nodes.size(), 2U);
}

TEST_F(MaxPoolTest, OnlyOne) {
  g.output(pool(y));
  g.output(pool(y, true));
  const Passed passed = fuse();
  EXPECT_EQ(passed.count("fused_conv2d"), 1);
  EXPECT_EQ(passed.count("pool2d"), 1);
}

TEST_F(MaxPoolTest, NotBehindAnotherOperator) {
  g.output(pool(g.op("sigmoid", {{"X", {y}}})));
  expect_left_alone();
}

TEST_F(MaxPoolTest, NotOfAnInput) {
  g.output(pool(x));
  g.output(g.relu(y));
  expect_left_alone();
}

TEST_F(MaxPoolTest, NotWithAnotherWindow) {
  g.output(pool(y, false, {3, 3}));
  g.output(pool(y, false, {2, 2}, {1, 1}));
  g.output(pool(y, false, {2, 2}, {2, 2}, {1, 1}));
  g.output(pool(y, false, {2, 2}, {2, 2}, {0, 0}, "avg"));
  expect_left_alone();
}

}  // namespace
}  // namespace u2net::engine::test
