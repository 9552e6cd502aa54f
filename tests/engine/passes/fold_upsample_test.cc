// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/ops/fused_conv2d.h"
#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

// Weights of 1/16 and small integers: nothing rounds.
struct UpsampleTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 3, 4, 5}), y = g.input("y", {2, 2, 8, 10});
  std::vector<Tensor> fed;

  UpsampleTest() {
    fed.push_back(integers({2, 3, 4, 5}, 1));
    fed.push_back(integers({2, 2, 8, 10}, 2));
  }
  ValueId resize(ValueId from, std::int64_t h, std::int64_t w, bool align_corners = false,
                 std::int64_t align_mode = 0, const char* op = "bilinear_interp_v2") {
    return g.op(
        op, {{"X", {from}}},
        {{"out_h", h},
         {"out_w", w},
         {"align_corners", align_corners},
         {"align_mode", align_mode},
         {"interp_method", std::string(op).starts_with("nearest") ? std::string("nearest")
                                                                  : std::string("bilinear")}});
  }
  ValueId conv(ValueId from, std::int64_t channels, Integers pads = {1, 1},
               Integers strides = {1, 1}, std::int64_t size = 3) {
    return g.conv(from, integers({4, channels, size, size}, 3),
                  {{"paddings", pads}, {"strides", strides}});
  }
  Passed fold() { return apply(fold_upsample, Stage::kPlan, g, fed); }
  void expect_left_alone() {
    const Passed passed = fold();
    EXPECT_FALSE(passed.changed);
    EXPECT_EQ(passed.count("fused_conv2d"), 0);
  }
};

TEST_F(UpsampleTest, IsDoneByTheConvolution) {
  g.output(conv(resize(x, 8, 10), 3));
  const Passed passed = fold();
  EXPECT_TRUE(passed.changed);
  EXPECT_EQ(passed.graph.nodes.size(), 1U);
  const Node& node = passed.node("fused_conv2d");
  EXPECT_EQ(node.input(FusedConv2d::kSources), x);
  EXPECT_TRUE(upsamples_source(node, 0));
}

TEST_F(UpsampleTest, OfTheOlderOperator) {
  g.output(conv(resize(x, 8, 10, false, 0, "bilinear_interp"), 3));
  EXPECT_EQ(fold().graph.nodes.size(), 1U);
}

TEST_F(UpsampleTest, OfOneOfTwoSources) {
  const ValueId joined =
      g.op("concat", {{"X", {resize(x, 8, 10), y}}}, {{"axis", std::int64_t{1}}});
  g.output(conv(joined, 5));
  bool (*const passes[])(Graph&) = {fold_concat, fold_upsample};
  const Passed passed = apply_all(passes, Stage::kPlan, g, fed);
  const Node& node = passed.node("fused_conv2d");
  EXPECT_EQ(node.inputs[FusedConv2d::kSources], (std::vector{x, y}));
  EXPECT_TRUE(upsamples_source(node, 0));
  EXPECT_FALSE(upsamples_source(node, 1));
}

TEST_F(UpsampleTest, OfAConcat) {
  const ValueId joined = g.op("concat", {{"X", {x, x}}}, {{"axis", std::int64_t{1}}});
  g.output(conv(resize(joined, 8, 10), 6));
  bool (*const passes[])(Graph&) = {fold_upsample, fold_concat};
  const Passed passed = apply_all(passes, Stage::kPlan, g, fed);
  const Node& node = passed.node("fused_conv2d");
  EXPECT_TRUE(upsamples_source(node, 0) && upsamples_source(node, 1));
}

// A concat of a resized image read several times by one convolution: as many sources as there are.
TEST_F(UpsampleTest, OfPartsReadSeveralTimes) {
  const auto join = [&](std::vector<ValueId> parts) {
    return g.op("concat", {{"X", std::move(parts)}}, {{"axis", std::int64_t{1}}});
  };
  const ValueId resized = resize(x, 8, 10), four = join({resized, y, resized, y});
  g.output(conv(join({four, four, four, four}), 40));
  g.output(conv(join({four, resized, four, four, four}), 43));
  bool (*const passes[])(Graph&) = {fold_concat, fold_upsample};
  const Passed passed = apply_all(passes, Stage::kPlan, g, fed);
  EXPECT_EQ(passed.count("concat"), 1) << "17 sources would be too many for the second";
  for (const Node& node : passed.graph.nodes) {
    if (node.op->type().name != "fused_conv2d") continue;
    EXPECT_LE(node.inputs[FusedConv2d::kSources].size(), 5U);
  }
}

// Resized twice: the second time by the convolution, the first time before it, whatever the order.
TEST_F(UpsampleTest, OfAnImageThatWasResizedBefore) {
  const ValueId twice = resize(resize(x, 8, 10), 16, 20);
  g.output(conv(twice, 3));
  bool (*const passes[])(Graph&) = {fold_upsample, fold_upsample};
  const Passed passed = apply_all(passes, Stage::kPlan, g, fed);
  EXPECT_EQ(passed.count("bilinear_interp_v2"), 1);
}

TEST_F(UpsampleTest, OfSeveralConvolutions) {
  const ValueId resized = resize(x, 8, 10);
  g.output(conv(resized, 3));
  g.output(g.relu(conv(resized, 3)));
  EXPECT_EQ(fold().count("fused_conv2d"), 2);
}

TEST_F(UpsampleTest, NotWhereAnotherReadsIt) {
  const ValueId resized = resize(x, 8, 10);
  g.output(conv(resized, 3));
  g.output(resized);
  expect_left_alone();
}

TEST_F(UpsampleTest, NotToAnotherSize) {
  g.output(conv(resize(x, 8, 11), 3));
  g.output(conv(resize(x, 12, 10), 3));
  g.output(conv(resize(y, 4, 5), 2));
  expect_left_alone();
}

TEST_F(UpsampleTest, NotWithOtherCoordinates) {
  g.output(conv(resize(x, 8, 10, false, 1), 3));
  g.output(conv(resize(x, 8, 10, false, 0, "nearest_interp_v2"), 3));
  expect_left_alone();
}

TEST_F(UpsampleTest, NotForAnotherConvolution) {
  g.output(conv(resize(x, 8, 10), 3, {0, 0}));
  g.output(conv(resize(x, 8, 10), 3, {1, 1}, {2, 2}));
  g.output(conv(resize(x, 8, 10), 3, {0, 0}, {1, 1}, 1));
  expect_left_alone();
}

}  // namespace
}  // namespace u2net::engine::test
