// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <utility>

#include "engine/ops/conv2d.h"
#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

struct ScaleTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 3, 5, 6});
  ValueId y = g.conv(x, integers({4, 3, 3, 3}, 1));
  Tensor fed = integers({2, 3, 5, 6}, 2);

  ValueId binary(const char* op, ValueId a, ValueId b) {
    return g.op(op, {{"X", {a}}, {"Y", {b}}});
  }
  ValueId one(float value) { return g.constant(floats({value})); }
  Passed fold() { return apply(fold_scale, Stage::kModel, g, std::span(&fed, 1)); }
  void expect_left_alone() { EXPECT_FALSE(fold().changed); }
};

TEST_F(ScaleTest, AChainBecomesPartOfTheWeights) {
  ValueId end = binary("elementwise_mul", y, one(-2));
  end = binary("elementwise_add", one(3), end);
  end = binary("elementwise_sub", end, g.constant(integers({1, 4, 1, 1}, 3)));
  end = binary("elementwise_div", end, one(0.5F));
  end = g.op("scale", {{"X", {end}}}, {{"scale", 2.0F}, {"bias", 5.0F}});
  end =
      g.op("scale", {{"X", {end}}}, {{"scale", 0.5F}, {"bias", 7.0F}, {"bias_after_scale", false}});
  g.output(end);
  const Passed passed = fold();
  ASSERT_EQ(passed.graph.nodes.size(), 1U);
  EXPECT_EQ(passed.node("conv2d").name, g.graph().values[end].name);
}

TEST_F(ScaleTest, ByChannelBehindABias) {
  const ValueId filter = g.constant(integers({4, 3, 3, 3}, 1)), bias = g.constant(integers({4}, 3));
  const ValueId conv = g.op("conv2d", {{"Input", {x}}, {"Filter", {filter}}, {"Bias", {bias}}});
  g.output(g.op("elementwise_mul", {{"X", {conv}}, {"Y", {g.constant(integers({4}, 4))}}},
                {{"axis", 1}}));
  EXPECT_EQ(fold().count("elementwise_mul"), 0);
}

// Behind a transposed convolution the output channels are the filter's second dimension, by group.
TEST_F(ScaleTest, OfATransposedConvolution) {
  for (const std::int64_t groups : {1, 2}) {
    GraphBuilder t;
    const ValueId in = t.input("x", {2, 4, 5, 6});
    const ValueId conv = t.op(
        "conv2d_transpose", {{"Input", {in}}, {"Filter", {t.constant(integers({4, 3, 2, 3}, 1))}}},
        {{"groups", whole(groups)}, {"strides", std::vector<std::int64_t>{2, 2}}});
    const std::int64_t channels = 3 * groups;
    const ValueId product = t.op(
        "elementwise_mul", {{"X", {conv}}, {"Y", {t.constant(integers({channels, 1, 1}, 4))}}});
    t.output(t.add(product, t.constant(integers({1, channels, 1, 1}, 5))));
    const Tensor value = integers({2, 4, 5, 6}, 2);
    const Passed passed = apply(fold_scale, Stage::kModel, t, std::span(&value, 1));
    EXPECT_EQ(passed.graph.nodes.size(), 1U) << groups;
  }
}

TEST_F(ScaleTest, MovesWhatANormalisationSaidOfTheResults) {
  std::array<Tensor, 4> s = {floats({1, 2, 3, 4}), floats({5, 6, 7, 8}), floats({0, 0, 0, 0}),
                             floats({1, 1, 1, 1})};
  g.output(binary("elementwise_add",
                  binary("elementwise_mul", g.batch_norm(y, std::move(s)), one(-2)), one(1)));
  bool (*const passes[])(Graph&) = {fold_batch_norm, fold_scale};
  const Passed passed = apply_all(passes, Stage::kModel, g, std::span(&fed, 1));
  ASSERT_EQ(passed.graph.nodes.size(), 1U);
  const ChannelStatistics& said = *op_as<Conv2d>(passed.node("conv2d"))->statistics;
  EXPECT_EQ(said.mean, (std::vector<float>{-9, -11, -13, -15}));
  EXPECT_EQ(said.deviation, (std::vector<float>{2, 4, 6, 8}));
}

TEST_F(ScaleTest, NotWhatIsFed) {
  g.output(binary("elementwise_mul", y, g.input("b", {1, 4, 1, 1})));
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(fed));
  inputs.push_back(integers({1, 4, 1, 1}, 3));
  EXPECT_FALSE(apply(fold_scale, Stage::kModel, g, inputs).changed);
}

TEST_F(ScaleTest, NotAConstantThatIsDividedOrThatItIsTakenFrom) {
  for (const char* op : {"elementwise_sub", "elementwise_div"}) {
    GraphBuilder r;
    const ValueId c = r.constant(floats({3}));
    const ValueId in = r.input("x", {2, 3, 5, 6});
    r.output(r.op(op, {{"X", {c}}, {"Y", {r.conv(in, integers({4, 3, 3, 3}, 1))}}}));
    // A quotient by 0 is infinite before and after.
    EXPECT_FALSE(apply(fold_scale, Stage::kModel, r, std::span(&fed, 1)).changed) << op;
  }
}

TEST_F(ScaleTest, NotByColumnOrPicture) {
  for (const Shape& shape : {Shape{4}, Shape{2, 1, 1, 1}, Shape{4, 3, 1}, Shape{1, 1, 1, 1, 1}}) {
    GraphBuilder r;
    const ValueId in = r.input("x", {2, 3, 5, 6});
    r.output(r.op("elementwise_mul", {{"X", {r.conv(in, integers({4, 3, 3, 3}, 1))}},
                                      {"Y", {r.constant(integers(shape, 3))}}}));
    EXPECT_FALSE(apply(fold_scale, Stage::kModel, r, std::span(&fed, 1)).changed);
  }
}

// An infinite weight makes NaN of a zero.
TEST_F(ScaleTest, NotWhereAWeightWouldBeInfinite) {
  g.output(binary("elementwise_mul", y, one(3e38F)));
  Graph graph = g.graph();
  EXPECT_FALSE(fold_scale(graph));
}

TEST_F(ScaleTest, NotWhereTheConvolutionIsFetchedOrReadTwice) {
  g.output(binary("elementwise_mul", y, one(2)));
  g.output(y);
  expect_left_alone();
}

TEST_F(ScaleTest, NotWithinABudgetThatIsSpent) {
  g.output(binary("elementwise_mul", y, one(2)));
  Graph graph = g.graph();
  WorkBudget none({.bytes = 4, .work = 1e9});
  EXPECT_FALSE(fold_scale(graph, none));
  EXPECT_EQ(graph.nodes.size(), 2U);
}

}  // namespace
}  // namespace u2net::engine::test
