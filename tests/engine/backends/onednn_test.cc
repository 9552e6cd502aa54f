// SPDX-License-Identifier: Apache-2.0
// Mode onednn. Convolutions to which it adds a tensor while or after it computes them: in every
// shape of the result, as oneDNN has other code for many, and some of it adds the wrong elements.
#include <gtest/gtest.h>

#include "engine/backends/backend_table.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

struct ResidualCase {
  std::int64_t batch, channels, height, width, kernel;
  bool depthwise, is_needed_later, relu;

  std::string name() const {
    return std::to_string(batch) + "x" + std::to_string(channels) + "x" + std::to_string(height) +
           "x" + std::to_string(width) + " k" + std::to_string(kernel) +
           (depthwise ? " depthwise" : "") + (is_needed_later ? " needed later" : "") +
           (relu ? " relu" : "");
  }
};

Graph residual_graph(const ResidualCase& c, Random& random) {
  GraphBuilder g;
  const ValueId x = g.input("x", {c.batch, c.channels, c.height, c.width});
  const std::int64_t groups = c.depthwise ? c.channels : 1, pad = c.kernel / 2;
  ValueId y = g.conv(x, integers(random, {c.channels, c.channels / groups, c.kernel, c.kernel}),
                     {{"groups", groups}, {"paddings", std::vector<std::int64_t>{pad, pad}}});
  if (c.relu) y = g.relu(y);
  // Of a producer in oneDNN's own layout, which its input's values would not have.
  const ValueId residual = g.conv(x, integers(random, {c.channels, c.channels, 1, 1}));
  g.output(g.add(y, residual));
  if (c.is_needed_later) g.output(g.relu(residual));
  return g.graph();
}

void expect_onednn_agrees(const ResidualCase& c) {
  Random random("onednn residual " + c.name());
  const Graph graph = residual_graph(c, random);
  std::vector<Tensor> inputs;
  inputs.push_back(integers(random, {c.batch, c.channels, c.height, c.width}));
  const std::vector<Tensor> expected = run_graph(graph, inputs),
                            got = run_graph(graph, inputs, {.mode = "onednn"});
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_TRUE(same_values(expected[i].view(), got[i].view(), c.name()));
}

// A stride of 2 padded at the end alone, as SAME is: oneDNN has fast code for it with a sum, none
// with a second operand.
Graph strided_graph(bool relu, Random& random) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 32, 16, 16});
  const ValueId residual =
      g.conv(x, integers(random, {64, 32, 1, 1}), {{"strides", std::vector<std::int64_t>{2, 2}}});
  ValueId y = g.conv(x, integers(random, {64, 32, 3, 3}),
                     {{"strides", std::vector<std::int64_t>{2, 2}},
                      {"paddings", std::vector<std::int64_t>{0, 1, 0, 1}}});
  if (relu) y = g.relu(y);
  g.output(g.relu(g.add(y, residual)));
  g.output(g.op("sigmoid", {{"X", {residual}}}));
  return g.graph();
}

TEST(OnednnResidual, TakesNoSlowPrimitive) {
  if (!find_backend("onednn")) GTEST_SKIP() << "no oneDNN in this build";
  for (const bool relu : {false, true}) {
    Random random("onednn strided residual");
    const Graph graph = strided_graph(relu, random);
    std::vector<Tensor> inputs;
    inputs.push_back(integers(random, {1, 32, 16, 16}));
    const std::vector<Tensor> expected = run_graph(graph, inputs);
    Session session(
        std::make_shared<const Model>(graph, ModelOptions{.mode = "onednn", .disabled_passes = {}}),
        {});
    const TensorView view = inputs.front().view();
    int convolutions = 0;
    for (const PlannedStep& step : session.prepare({&view, 1}).steps) {
      if (step.type != "conv2d") continue;
      ++convolutions;
      EXPECT_FALSE(step.step->implementation().starts_with("ref"));
    }
    EXPECT_EQ(convolutions, 2);
    const std::vector<Tensor> got = run_graph(graph, inputs, {.mode = "onednn"});
    EXPECT_TRUE(same_values(expected.front().view(), got.front().view(), relu ? "relu" : ""));
  }
}

TEST(OnednnResidual, IsAddedToEveryShape) {
  if (!find_backend("onednn")) GTEST_SKIP() << "no oneDNN in this build";
  for (const bool depthwise : {false, true}) {
    for (const std::int64_t channels : {3, 16, 17, 24, 64}) {
      for (const std::int64_t width : {1, 2, 9}) {
        for (const std::int64_t height : {1, 5}) {
          for (const std::int64_t kernel : {1, 5}) {
            for (const bool variant : {false, true}) {
              expect_onednn_agrees({.batch = variant ? 2 : 1,
                                    .channels = channels,
                                    .height = height,
                                    .width = width,
                                    .kernel = kernel,
                                    .depthwise = depthwise,
                                    .is_needed_later = true,
                                    .relu = variant});
            }
          }
        }
      }
    }
  }
  for (const std::int64_t width : {1, 7})
    expect_onednn_agrees({1, 33, 7, width, 3, true, /*is_needed_later=*/false, false});
}

// A product of two vectors has no dimension, and its number a place of its own all the same.
TEST(OnednnMatMul, LeavesItsNumberInMemoryOfItsOwn) {
  if (!find_backend("onednn")) GTEST_SKIP() << "no oneDNN in this build";
  Random random("onednn dot product");
  GraphBuilder g;
  const ValueId x = g.input("x", {8});
  const ValueId product =
      g.op("matmul_v2", {{"X", {x}}, {"Y", {g.constant(integers(random, {8}))}}});
  g.output(product);
  g.output(g.op("relu", {{"X", {g.add(g.relu(x), x)}}}));
  g.output(g.op("matmul_v2", {{"X", {x}}, {"Y", {g.constant(integers(random, {8}))}}}));
  std::vector<Tensor> inputs;
  inputs.push_back(integers(random, {8}));
  const std::vector<Tensor> expected = run_graph(g.graph(), inputs),
                            got = run_graph(g.graph(), inputs, {.mode = "onednn"});
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_TRUE(same_values(expected[i].view(), got[i].view(), "output " + std::to_string(i)));
}

}  // namespace
}  // namespace u2net::engine::test
