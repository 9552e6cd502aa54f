// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/engine/passes/pass_check.h"
#include "tests/support/expect_error.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

struct ConstantsTest : testing::Test {
  GraphBuilder g;
  ValueId x = g.input("x", {1, 4, 5, 6});
  Tensor fed = integers({1, 4, 5, 6}, 2);

  Passed fold(Stage stage) { return apply(fold_constants, stage, g, std::span(&fed, 1)); }
};

TEST_F(ConstantsTest, ReshapedBias) {
  const ValueId bias =
      g.op("reshape2", {{"X", {g.constant(integers({4}, 1))}}}, {{"shape", Integers{1, -1, 1, 1}}});
  g.output(g.add(x, bias));
  const Passed passed = fold(Stage::kModel);
  EXPECT_TRUE(passed.changed);
  EXPECT_EQ(passed.count("reshape2"), 0);
  ASSERT_NE(passed.graph.constant(bias), nullptr);
  EXPECT_EQ(passed.graph.constant(bias)->shape(), (Shape{1, 4, 1, 1}));
}

TEST_F(ConstantsTest, ChainsOfThem) {
  const ValueId a = g.constant(integers({4, 1, 1}, 1)), b = g.constant(integers({4, 1, 1}, 3));
  const ValueId sum = g.relu(g.add(a, b));
  g.output(g.add(x, sum));
  EXPECT_EQ(fold(Stage::kModel).graph.nodes.size(), 1U);
}

TEST_F(ConstantsTest, SizesOnceTheyAreKnown) {
  const ValueId shape = g.op("shape", {{"Input", {x}}});
  const ValueId size =
      g.op("slice", {{"Input", {shape}}},
           {{"axes", Integers{0}}, {"starts", Integers{2}}, {"ends", Integers{4}}});
  const ValueId doubled = g.add(size, size);
  g.output(g.op("nearest_interp_v2", {{"X", {x}}, {"OutSize", {doubled}}}));
  EXPECT_FALSE(fold(Stage::kModel).changed);
  const Passed passed = fold(Stage::kPlan);
  EXPECT_TRUE(passed.changed);
  EXPECT_EQ(passed.graph.nodes.size(), 1U);
}

TEST_F(ConstantsTest, EvenAnOutput) {
  g.output(g.relu(g.constant(Tensor::from<float>({2}, std::vector<float>{-1, 2}))));
  g.output(g.relu(x));
  EXPECT_EQ(fold(Stage::kModel).graph.nodes.size(), 1U);
}

// Folding must stay cheap whatever a file says.
TEST_F(ConstantsTest, NotConvolutions) {
  const ValueId picture = g.constant(integers({1, 3, 8, 8}, 1));
  g.output(g.conv(picture, integers({2, 3, 3, 3}, 3)));
  g.output(g.relu(x));
  EXPECT_FALSE(fold(Stage::kModel).changed);
}

TEST_F(ConstantsTest, NotWhatBecomesLarge) {
  const ValueId small = g.constant(integers({1, 1, 2, 2}, 1));
  g.op("nearest_interp_v2", {{"X", {small}}},
       {{"out_h", std::int64_t{8192}}, {"out_w", std::int64_t{8192}}});
  g.output(g.relu(x));
  Graph graph = g.graph();
  EXPECT_FALSE(fold_constants(graph));
  EXPECT_EQ(graph.nodes.size(), 2U);
}

TEST_F(ConstantsTest, NotWhatDependsOnAnInput) {
  g.output(g.add(x, g.constant(integers({1}, 5))));
  EXPECT_FALSE(fold(Stage::kPlan).changed);
}

TEST_F(ConstantsTest, ReportsWhatDoesNotFit) {
  g.op("reshape2", {{"X", {g.constant(integers({4}, 1))}}}, {{"shape", Integers{5}}});
  Graph graph = g.graph();
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"reshape2", "[4]", "[5]"},
                         [&] { fold_constants(graph); }));
}

}  // namespace
}  // namespace u2net::engine::test
