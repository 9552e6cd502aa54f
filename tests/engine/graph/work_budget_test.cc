// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/work_budget.h"

#include <gtest/gtest.h>

#include "engine/graph/infer.h"
#include "engine/graph/op.h"
#include "tests/support/expect_error.h"
#include "tests/support/graph_builder.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr double kMiB = 1 << 20;

// The cost of the last node, its inputs having the declared sizes.
Cost cost_of_last(const GraphBuilder& g) {
  Graph graph = g.graph();
  std::vector<TensorView> inputs;
  for (const Port& port : graph.inputs) {
    const TensorType& type = graph.type_of(port.value);
    inputs.push_back({type.dtype, type.shape, nullptr});
  }
  infer_shapes(graph, inputs);
  return cost_of(graph, graph.nodes.back());
}

TEST(WorkBudget, TakesAllOrNothing) {
  WorkBudget budget({.bytes = 100, .work = 10});
  EXPECT_TRUE(budget.take({.bytes = 60, .work = 4}));
  EXPECT_FALSE(budget.take({.bytes = 41, .work = 1}));
  EXPECT_FALSE(budget.take({.bytes = 1, .work = 7}));
  EXPECT_EQ(budget.bytes_left(), 40);
  EXPECT_TRUE(budget.take({.bytes = 40, .work = 6}));
  EXPECT_FALSE(budget.take({.bytes = 0, .work = 1}));
}

TEST(WorkBudget, WithoutLimits) {
  WorkBudget budget;
  EXPECT_TRUE(budget.take({.bytes = 1e30, .work = 1e30}));
}

TEST(WorkBudget, NamesTheOperatorAndBothValues) {
  GraphBuilder g;
  g.relu(g.input("x", {3}));
  WorkBudget budget({.bytes = 2 * kMiB, .work = 1e6});
  EXPECT_TRUE(
      fails_with(ErrorCode::kModelLimit, {"'relu'", "3 MiB", "2 MiB", "500 operations"}, [&] {
        budget.demand({3 * kMiB, 500}, g.graph().nodes[0]);
      }));
}

// Four bytes for each of the files and 256 MiB, of which what is kept already is gone.
TEST(WorkBudget, FollowsFromTheFiles) {
  GraphBuilder g;
  g.constant(Tensor(DType::kFloat32, {1 << 20}));
  Graph graph = g.graph();
  EXPECT_EQ(memory_limit(0), std::size_t{256} << 20);
  EXPECT_EQ(memory_limit(1000), (std::size_t{256} << 20) + 4000);
  const double load = WorkBudget::of_load(graph).bytes_left();
  const double plan = WorkBudget::of_plan(graph).bytes_left();
  EXPECT_LE(4 * kMiB + load, static_cast<double>(memory_limit(4 << 20)));
  EXPECT_LE(4 * kMiB + plan, static_cast<double>(memory_limit(4 << 20)));
  graph.file_bytes = 10 << 20;
  EXPECT_EQ(WorkBudget::of_load(graph).bytes_left(), load + 2 * 6 * kMiB);
  EXPECT_EQ(WorkBudget::of_plan(graph).bytes_left(), plan + 4 * 6 * kMiB);
}

TEST(WorkBudget, CountsATensorOnce) {
  GraphBuilder g;
  g.constant(Tensor(DType::kFloat32, {1 << 20}));
  Graph graph = g.graph();
  const double once = WorkBudget::of_plan(graph).bytes_left();
  graph.values.push_back(graph.values[0]);
  EXPECT_EQ(WorkBudget::of_plan(graph).bytes_left(), once);
}

// What is left for planning does not vanish, however much loading made of the weights.
TEST(WorkBudget, LeavesRoomForPlanning) {
  GraphBuilder g;
  g.constant(Tensor(DType::kFloat32, {90 << 20}));
  Graph graph = g.graph();
  graph.file_bytes = 1000;
  EXPECT_GE(WorkBudget::of_plan(graph).bytes_left(), 64 * kMiB);
}

TEST(Cost, IsOfResultsAndOfElements) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 2, 100, 100});
  g.add(x, x);
  const Cost cost = cost_of_last(g);
  EXPECT_EQ(cost.bytes, 80'000);
  EXPECT_GE(cost.work, 60'000);
  EXPECT_LE(cost.work, 80'000);
}

TEST(Cost, OfShapesAlone) {
  GraphBuilder g;
  g.op("shape", {{"Input", {g.input("x", {1, 2, 10'000, 10'000})}}});
  EXPECT_LE(cost_of_last(g).work, 10'000);
}

// Every window of every result, cut at the borders.
TEST(Cost, OfWindows) {
  const auto pooled = [](std::int64_t kernel, Attributes more) {
    GraphBuilder g;
    Attributes attributes = {{"pooling_type", std::string("avg")},
                             {"ksize", Integers{kernel, kernel}},
                             {"strides", Integers{1, 1}},
                             {"padding_algorithm", std::string("SAME")}};
    attributes.merge(more);
    g.op("pool2d", {{"X", {g.input("x", {1, 3, 64, 64})}}}, attributes);
    return cost_of_last(g).work;
  };
  EXPECT_GE(pooled(3, {}), 3 * 64 * 64 * 9);
  EXPECT_LE(pooled(3, {}), 3 * 64 * 64 * 11);
  EXPECT_GE(pooled(63, {}), 3 * 64 * 64 * 32 * 32);
  EXPECT_LE(pooled(65536, {}), 3.1 * 64 * 64 * 64 * 64);
  EXPECT_LE(pooled(1, {{"global_pooling", true}}), 4 * 64 * 64);
  EXPECT_LE(pooled(8, {{"adaptive", true}}), 5 * 80 * 80);
}

TEST(Cost, OfProducts) {
  GraphBuilder g;
  g.conv(g.input("x", {1, 4, 32, 32}), Tensor(DType::kFloat32, {8, 4, 3, 3}),
         {{"paddings", Integers{1, 1}}});
  EXPECT_GE(cost_of_last(g).work, 8 * 4 * 9 * 32 * 32);
}

TEST(Cost, OfResizing) {
  GraphBuilder g;
  g.op("bilinear_interp_v2", {{"X", {g.input("x", {1, 1, 1, 1})}}},
       {{"out_h", std::int64_t{512}}, {"out_w", std::int64_t{512}}});
  const Cost cost = cost_of_last(g);
  EXPECT_EQ(cost.bytes, 4 * 512 * 512);
  EXPECT_GE(cost.work, 4 * 512 * 512);
}

}  // namespace
}  // namespace u2net::engine::test
