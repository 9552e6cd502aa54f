// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/ops/fused_conv2d.h"
#include "kernels/conv2d/fused_conv2d.h"
#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

struct ConcatTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 3, 5, 6}), y = g.input("y", {2, 4, 5, 6});
  std::vector<Tensor> fed;

  ConcatTest() {
    fed.push_back(integers({2, 3, 5, 6}, 1));
    fed.push_back(integers({2, 4, 5, 6}, 2));
  }
  ValueId concat(std::vector<ValueId> parts, std::int64_t axis = 1) {
    return g.op("concat", {{"X", std::move(parts)}}, {{"axis", axis}});
  }
  ValueId conv(ValueId from, std::int64_t channels, std::uint64_t seed = 3) {
    return g.conv(from, integers({5, channels, 3, 3}, seed), {{"paddings", Integers{1, 1}}});
  }
  Passed fold() { return apply(fold_concat, Stage::kPlan, g, fed); }
  void expect_left_alone() {
    const Passed passed = fold();
    EXPECT_FALSE(passed.changed);
    EXPECT_EQ(passed.count("fused_conv2d"), 0);
  }
};

TEST_F(ConcatTest, BecomesSources) {
  g.output(conv(concat({x, y}), 7));
  const Passed passed = fold();
  EXPECT_TRUE(passed.changed);
  EXPECT_EQ(passed.graph.nodes.size(), 1U);
  EXPECT_EQ(passed.node("fused_conv2d").inputs[FusedConv2d::kSources], (std::vector{x, y}));
}

TEST_F(ConcatTest, OfAnAxisCountedFromTheEnd) {
  g.output(conv(concat({y, x}, -3), 7));
  EXPECT_EQ(fold().node("fused_conv2d").inputs[FusedConv2d::kSources], (std::vector{y, x}));
}

TEST_F(ConcatTest, OfOnePartTwice) {
  g.output(conv(concat({x, y, x}), 10));
  EXPECT_EQ(fold().node("fused_conv2d").inputs[FusedConv2d::kSources].size(), 3U);
}

TEST_F(ConcatTest, InsideOfAnother) {
  g.output(conv(concat({x, concat({y, x})}), 10));
  EXPECT_EQ(fold().node("fused_conv2d").inputs[FusedConv2d::kSources], (std::vector{x, y, x}));
}

TEST_F(ConcatTest, OfTwoConvolutions) {
  const ValueId joined = concat({x, y});
  g.output(conv(joined, 7));
  g.output(conv(joined, 7, 4));
  EXPECT_EQ(fold().count("fused_conv2d"), 2);
}

TEST_F(ConcatTest, KeepsBiasAndResidual) {
  const ValueId sum = g.add(conv(concat({x, y}), 7), conv(x, 3, 5));
  g.output(g.relu(sum));
  bool (*const passes[])(Graph&) = {fuse_residual, fuse_relu, fold_concat};
  const Passed passed = apply_all(passes, Stage::kPlan, g, fed);
  int with_residual = 0;
  for (const Node& node : passed.graph.nodes)
    with_residual += node.has_input(FusedConv2d::kResidual);
  EXPECT_EQ(with_residual, 1);
  EXPECT_EQ(passed.count("concat"), 0);
}

TEST_F(ConcatTest, NotWhereAnotherReadsIt) {
  const ValueId joined = concat({x, y});
  g.output(conv(joined, 7));
  g.output(g.relu(joined));
  expect_left_alone();
}

TEST_F(ConcatTest, NotWhereItIsAnOutput) {
  const ValueId joined = concat({x, y});
  g.output(conv(joined, 7));
  g.output(joined);
  expect_left_alone();
}

TEST_F(ConcatTest, NotOverAnotherAxis) {
  g.output(conv(concat({x, x}, 2), 3));
  expect_left_alone();
}

TEST_F(ConcatTest, NotForGroups) {
  g.output(g.conv(concat({y, y}), integers({4, 4, 1, 1}, 3), {{"groups", std::int64_t{2}}}));
  expect_left_alone();
}

TEST_F(ConcatTest, NotOfMorePartsThanAKernelTakes) {
  const std::vector<ValueId> parts(kernels::kMaxConvSources + 1, x);
  g.output(conv(concat(parts), 3 * static_cast<std::int64_t>(parts.size())));
  expect_left_alone();
}

// x `inner` times over, that `outer` times over and x `more` times, all read by one convolution.
struct NestedConcat : ConcatTest {
  Passed fold_nested(std::size_t inner, std::size_t outer, std::size_t more) {
    std::vector<ValueId> parts(outer, concat(std::vector<ValueId>(inner, x)));
    parts.insert(parts.end(), more, x);
    g.output(conv(concat(std::move(parts)), 3 * static_cast<std::int64_t>(inner * outer + more)));
    return fold();
  }
  static std::size_t sources(const Passed& passed) {
    return passed.node("fused_conv2d").inputs[FusedConv2d::kSources].size();
  }
};

TEST_F(NestedConcat, Of15Sources) { EXPECT_EQ(sources(fold_nested(3, 5, 0)), 15U); }
TEST_F(NestedConcat, Of16Sources) { EXPECT_EQ(sources(fold_nested(4, 4, 0)), 16U); }

// Each use alone would fit; all of them do not.
TEST_F(NestedConcat, NotOf17Sources) {
  const Passed passed = fold_nested(4, 4, 1);
  EXPECT_EQ(sources(passed), 5U);
  EXPECT_EQ(passed.count("concat"), 1);
}

TEST_F(NestedConcat, NotOf64Sources) {
  const Passed passed = fold_nested(8, 8, 0);
  EXPECT_EQ(sources(passed), 8U);
  EXPECT_EQ(passed.count("concat"), 1);
}

// Two convolutions of which one could take it.
TEST_F(NestedConcat, NotWhereOneOfTwoHasTooMany) {
  const ValueId inner = concat({x, x, x, x});
  g.output(conv(concat({inner, inner, inner, inner, x}), 51));
  g.output(conv(concat({inner, inner}), 24, 4));
  const Passed passed = fold();
  EXPECT_EQ(passed.count("concat"), 1);
  EXPECT_EQ(passed.count("fused_conv2d"), 2);
}

}  // namespace
}  // namespace u2net::engine::test
