// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/ops/conv2d.h"
#include "tests/engine/passes/pass_check.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

// Integer statistics with variance 1/4, 1, 4 or 16: a is a power of two times an integer, so that
// folding does not round.
std::array<Tensor, 4> statistics(std::int64_t channels) {
  std::array<Tensor, 4> all;
  for (std::uint64_t i = 0; i < 4; ++i) all[i] = integers({channels}, 10 + i);
  constexpr float kVariances[] = {0.25F, 1, 4, 16};
  for (std::int64_t c = 0; c < channels; ++c)
    all[3].values<float>()[static_cast<std::size_t>(c)] = kVariances[c % 4];
  return all;
}

struct BatchNormTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {2, 3, 5, 6});
  ValueId y = g.conv(x, integers({4, 3, 3, 3}, 1));
  Tensor fed = integers({2, 3, 5, 6}, 2);

  Passed fold() { return apply(fold_batch_norm, Stage::kModel, g, std::span(&fed, 1)); }
  void expect_left_alone() {
    const Passed passed = fold();
    EXPECT_FALSE(passed.changed);
    EXPECT_EQ(passed.graph.nodes.size(), g.graph().nodes.size());
  }
};

TEST_F(BatchNormTest, BecomesPartOfTheWeights) {
  const ValueId norm = g.batch_norm(y, statistics(4));
  g.output(g.relu(norm));
  const Passed passed = fold();
  EXPECT_TRUE(passed.changed);
  EXPECT_EQ(passed.count("batch_norm"), 0);
  EXPECT_EQ(passed.node("conv2d").name, g.graph().values[norm].name);
}

TEST_F(BatchNormTest, TakesTheBiasAlong) {
  const ValueId filter = g.constant(integers({4, 3, 3, 3}, 1)), bias = g.constant(integers({4}, 3));
  g.output(g.batch_norm(g.op("conv2d", {{"Input", {x}}, {"Filter", {filter}}, {"Bias", {bias}}}),
                        statistics(4)));
  EXPECT_EQ(fold().count("batch_norm"), 0);
}

TEST_F(BatchNormTest, BecomesPartOfATransposedConvolutionAndItsBias) {
  const Tensor value = integers({2, 4, 5, 6}, 2);
  GraphBuilder t;
  const ValueId in = t.input("x", {2, 4, 5, 6});
  const ValueId conv = t.op("conv2d_transpose",
                            {{"Input", {in}}, {"Filter", {t.constant(integers({4, 2, 2, 2}, 1))}}},
                            {{"groups", whole(2)}, {"strides", std::vector<std::int64_t>{2, 2}}});
  t.output(t.batch_norm(t.add(conv, t.constant(integers({1, 4, 1, 1}, 3))), statistics(4)));
  bool (*const passes[])(Graph&) = {fuse_bias, fold_batch_norm};
  const Passed passed = apply_all(passes, Stage::kModel, t, std::span(&value, 1));
  EXPECT_EQ(passed.graph.nodes.size(), 1U);
}

// Its bias on average, and by its scale from that, whatever the variance: it was 1 before.
TEST_F(BatchNormTest, LeavesBehindWhatItSaysOfItsResults) {
  const std::array<Tensor, 4> norm = statistics(4);
  const std::span<const float> scale = norm[0].values<float>(), bias = norm[1].values<float>();
  g.output(g.relu(g.batch_norm(y, statistics(4))));
  const Passed passed = fold();
  const auto& kept = op_as<Conv2d>(passed.node("conv2d"))->statistics;
  ASSERT_NE(kept, nullptr);
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_EQ(kept->mean[c], bias[c]);
    EXPECT_EQ(kept->deviation[c], std::fabs(scale[c]));
  }
}

TEST_F(BatchNormTest, IsFoundBehindABiasThatIsFusedFirst) {
  g.output(g.batch_norm(g.add(y, g.constant(integers({4}, 3)), 1), statistics(4)));
  bool (*const passes[])(Graph&) = {fuse_bias, fold_batch_norm};
  EXPECT_EQ(apply_all(passes, Stage::kModel, g, std::span(&fed, 1)).graph.nodes.size(), 1U);
}

TEST_F(BatchNormTest, FoldsDepthwiseConvolutions) {
  const ValueId filter = g.constant(integers({3, 1, 3, 3}, 1));
  const ValueId depthwise = g.op("depthwise_conv2d", {{"Input", {x}}, {"Filter", {filter}}},
                                 {{"groups", std::int64_t{3}}});
  g.output(g.batch_norm(depthwise, statistics(3)));
  EXPECT_EQ(fold().count("batch_norm"), 0);
}

TEST_F(BatchNormTest, LeavesASharedFilterToTheOthers) {
  const ValueId filter = g.constant(integers({4, 3, 3, 3}, 7));
  g.output(g.batch_norm(g.op("conv2d", {{"Input", {x}}, {"Filter", {filter}}}), statistics(4)));
  g.output(g.op("conv2d", {{"Input", {x}}, {"Filter", {filter}}}));
  EXPECT_EQ(fold().count("batch_norm"), 0);
}

// Everyday numbers: folding in double and rounding once moves an output by a rounding a weight.
TEST_F(BatchNormTest, RoundsOnce) {
  Random random("fold_batch_norm");
  std::array<Tensor, 4> s = {uniform(random, {4}), uniform(random, {4}), uniform(random, {4}),
                             uniform(random, {4}, 0.1, 2)};
  GraphBuilder r;
  const ValueId in = r.input("x", {2, 3, 5, 6});
  r.output(r.batch_norm(r.conv(in, uniform(random, {4, 3, 3, 3})), std::move(s), 1e-5));
  const Tensor value = uniform(random, {2, 3, 5, 6});
  // 27 products of magnitude 1 / sqrt(0.1) at most, each with a few roundings of 2^-24.
  EXPECT_TRUE(
      apply(fold_batch_norm, Stage::kModel, r, std::span(&value, 1), 27 * 3.2 * 8 / (1 << 24))
          .changed);
}

TEST_F(BatchNormTest, NotWhereTheConvolutionIsFetched) {
  g.output(y);
  g.output(g.batch_norm(y, statistics(4)));
  expect_left_alone();
}

TEST_F(BatchNormTest, NotWhereAnotherReadsTheConvolution) {
  g.output(g.batch_norm(y, statistics(4)));
  g.output(g.relu(y));
  expect_left_alone();
}

TEST_F(BatchNormTest, NotBehindARelu) {
  g.output(g.batch_norm(g.relu(y), statistics(4)));
  expect_left_alone();
}

TEST_F(BatchNormTest, NotInFrontOfAConvolution) {  // padding would see the shift
  GraphBuilder r;
  const ValueId in = r.input("x", {2, 3, 5, 6});
  r.output(r.conv(r.batch_norm(in, statistics(3)), integers({4, 3, 3, 3}, 1),
                  {{"paddings", std::vector<std::int64_t>{1, 1}}}));
  EXPECT_FALSE(apply(fold_batch_norm, Stage::kModel, r, std::span(&fed, 1)).changed);
}

TEST_F(BatchNormTest, NotWithStatisticsThatAreFed) {
  std::array<Tensor, 4> s = statistics(4);
  const ValueId mean = g.input("mean", {4});
  g.output(g.op("batch_norm",
                {{"X", {y}},
                 {"Scale", {g.constant(std::move(s[0]))}},
                 {"Bias", {g.constant(std::move(s[1]))}},
                 {"Mean", {mean}},
                 {"Variance", {g.constant(std::move(s[3]))}}},
                {{"is_test", true}, {"epsilon", 0.0}}));
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(fed));
  inputs.push_back(std::move(s[2]));
  EXPECT_FALSE(apply(fold_batch_norm, Stage::kModel, g, inputs).changed);
}

TEST_F(BatchNormTest, NotIntoAFilterThatIsFed) {
  GraphBuilder r;
  const ValueId in = r.input("x", {2, 3, 5, 6}), filter = r.input("w", {4, 3, 3, 3});
  r.output(r.batch_norm(r.op("conv2d", {{"Input", {in}}, {"Filter", {filter}}}), statistics(4)));
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(fed));
  inputs.push_back(integers({4, 3, 3, 3}, 1));
  EXPECT_FALSE(apply(fold_batch_norm, Stage::kModel, r, inputs).changed);
}

// Shape inference has something to say about it, and folding must not hide that.
TEST_F(BatchNormTest, NotWithAVarianceThatHasNoRoot) {
  for (float variance : {-1.0F, 0.0F, std::numeric_limits<float>::quiet_NaN()}) {
    std::array<Tensor, 4> s = statistics(4);
    s[3].values<float>()[2] = variance;
    GraphBuilder r;
    r.output(
        r.batch_norm(r.conv(r.input("x", {2, 3, 5, 6}), integers({4, 3, 3, 3}, 1)), std::move(s)));
    Graph graph = r.graph();
    EXPECT_FALSE(fold_batch_norm(graph)) << variance;
    EXPECT_EQ(graph.nodes.size(), 2U);
  }
}

// Elements that are zero stay finite as they are normalised; of infinite weights they would be NaN.
TEST_F(BatchNormTest, NotIntoInfiniteWeights) {
  std::array<Tensor, 4> s = statistics(4);
  s[0].values<float>()[1] = 1e30F;
  s[3].values<float>()[1] = 1e-30F;
  g.output(g.batch_norm(y, std::move(s)));
  fed = Tensor(DType::kFloat32, {2, 3, 5, 6});
  std::ranges::fill(fed.values<float>(), 0.0F);
  expect_left_alone();
}

TEST_F(BatchNormTest, NotBehindAFusedReluOrResidual) {
  const ValueId r = g.input("r", {2, 4, 3, 4});
  g.output(g.batch_norm(g.relu(y), statistics(4)));
  g.output(g.batch_norm(g.add(g.conv(x, integers({4, 3, 3, 3}, 5)), r), statistics(4)));
  std::vector<Tensor> inputs;
  inputs.push_back(std::move(fed));
  inputs.push_back(integers({2, 4, 3, 4}, 3));
  bool (*const passes[])(Graph&) = {fuse_relu, fuse_residual, fold_batch_norm};
  const Passed passed = apply_all(passes, Stage::kPlan, g, inputs);
  EXPECT_EQ(passed.count("batch_norm"), 2);
  EXPECT_EQ(passed.count("relu"), 0);
  EXPECT_EQ(passed.count("elementwise_add"), 0);
}

}  // namespace
}  // namespace u2net::engine::test
