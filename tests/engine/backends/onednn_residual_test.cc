// SPDX-License-Identifier: Apache-2.0
// Convolutions to which mode onednn adds a tensor while or after it computes them: in every shape
// of the result, as oneDNN has other code for many, and some of it adds the wrong elements.
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

}  // namespace
}  // namespace u2net::engine::test
