// SPDX-License-Identifier: Apache-2.0
// The passes together: what becomes of a U-Net's unit, and that every one can be left out.
#include <gtest/gtest.h>

#include <set>

#include "engine/graph/infer.h"
#include "engine/graph/op.h"
#include "engine/ops/conv2d.h"
#include "tests/engine/passes/pass_check.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

// Convolution, reshaped bias, batch norm and ReLU twice, joined by a sum with the first, resized to
// the size of the input and passed through an identity scale: every pass has something to do.
struct Unit {
  GraphBuilder g;
  Tensor fed;

  Unit() : fed(DType::kFloat32, {1, 3, 8, 10}) {
    Random random("unit");
    fill_uniform(random, fed.values<float>());
    const ValueId x = g.input("x", {-1, 3, -1, -1});
    const ValueId first = block(random, x, 3, Integers{2, 2}),
                  second = block(random, first, 4, Integers{1, 1});
    g.op("sigmoid", {{"X", {first}}});  // dead
    const ValueId sum = g.relu(g.add(g.conv(second, uniform(random, {4, 4, 1, 1})), first));
    const ValueId shape = g.op("shape", {{"Input", {x}}});
    const ValueId size =
        g.op("slice", {{"Input", {shape}}},
             {{"axes", Integers{0}}, {"starts", Integers{2}}, {"ends", Integers{4}}});
    const ValueId resized =
        g.op("bilinear_interp_v2", {{"X", {sum}}, {"OutSize", {size}}}, {{"align_corners", false}});
    g.output(g.op("scale", {{"X", {resized}}}));
  }

  ValueId block(Random& random, ValueId x, std::int64_t ic, Integers strides) {
    const ValueId conv = g.conv(x, uniform(random, {4, ic, 3, 3}),
                                {{"paddings", Integers{1, 1}}, {"strides", strides}});
    const ValueId bias = g.op("reshape2", {{"X", {g.constant(uniform(random, {4}))}}},
                              {{"shape", Integers{1, 4, 1, 1}}});
    const ValueId norm = g.batch_norm(g.add(conv, bias),
                                      {uniform(random, {4}), uniform(random, {4}),
                                       uniform(random, {4}), uniform(random, {4}, 0.5, 2)},
                                      1e-5);
    const ValueId factor = g.constant(uniform(random, {4, 1, 1}));
    return g.relu(g.op("elementwise_mul", {{"X", {norm}}, {"Y", {factor}}}));
  }

  Graph optimised(const std::vector<std::string>& disabled) const {
    Graph graph = g.graph();
    run_passes(model_passes(), disabled, graph);
    infer_shapes(graph, std::vector{fed.view()});
    run_passes(plan_passes(), disabled, graph);
    return graph;
  }
};

// The operators and how many operands each has.
std::string signature(const Graph& graph) {
  std::string text;
  for (const Node& node : graph.nodes) {
    std::size_t operands = 0;
    for (const auto& slot : node.inputs) operands += slot.size();
    text += std::string(node.op->type().name) + "/" + std::to_string(operands) + " ";
  }
  return text;
}

std::vector<std::string> all_names() {
  std::set<std::string> names;
  for (auto passes : {model_passes(), plan_passes()}) {
    for (const Pass& pass : passes) names.emplace(pass.name);
  }
  return {names.begin(), names.end()};
}

TEST(Pipeline, LeavesConvolutionsAndAResize) {
  const Unit unit;
  const Graph graph = unit.optimised({});
  EXPECT_EQ(signature(graph), "conv2d/3 conv2d/3 conv2d/3 bilinear_interp_v2/1 ");
  EXPECT_TRUE(op_as<Conv2d>(graph.nodes[0])->relu);
  EXPECT_TRUE(op_as<Conv2d>(graph.nodes[2])->relu_after_residual);
  EXPECT_TRUE(graph.nodes[2].has_input(Conv2d::kResidual));
}

TEST(Pipeline, DoesNothingWithEverythingDisabled) {
  const Unit unit;
  EXPECT_EQ(signature(unit.optimised(all_names())), signature(unit.g.graph()));
}

class PassByName : public testing::TestWithParam<std::string> {};

TEST_P(PassByName, CanBeLeftOut) {
  const Unit unit;
  // It has work to do, and the result is the same without it.
  EXPECT_NE(signature(unit.optimised({GetParam()})), signature(unit.optimised({})));
  const std::span<const Tensor> inputs(&unit.fed, 1);
  const Tensor expected = std::move(run_graph(unit.g.graph(), inputs).front());
  for (const std::string& mode : graph_modes()) {
    const Tensor got =
        std::move(run_graph(unit.g.graph(), inputs,
                            {.mode = mode, .threads = 1, .disabled_passes = {GetParam()}})
                      .front());
    EXPECT_TRUE(within(expected.view(), got.view(), 2e-5 * largest_magnitude(expected.view()),
                       mode + " without " + GetParam()));
  }
}

TEST_P(PassByName, CanRunAlone) {
  const Unit unit;
  std::vector<std::string> others;
  for (const std::string& name : all_names()) {
    if (name != GetParam()) others.push_back(name);
  }
  const std::span<const Tensor> inputs(&unit.fed, 1);
  const Tensor expected = std::move(run_graph(unit.g.graph(), inputs).front());
  for (const std::string& mode : graph_modes()) {
    const Tensor got = std::move(
        run_graph(unit.g.graph(), inputs, {.mode = mode, .threads = 1, .disabled_passes = others})
            .front());
    EXPECT_TRUE(within(expected.view(), got.view(), 2e-5 * largest_magnitude(expected.view()),
                       mode + " with only " + GetParam()));
  }
}

INSTANTIATE_TEST_SUITE_P(Names, PassByName, testing::ValuesIn(all_names()),
                         [](const auto& info) { return info.param; });

TEST(Pipeline, HasPassesWithNamesAndWords) {
  EXPECT_EQ(all_names().size(), 9U);
  for (auto passes : {model_passes(), plan_passes()}) {
    for (const Pass& pass : passes) {
      EXPECT_FALSE(pass.what.empty()) << pass.name;
      EXPECT_NE(pass.run, nullptr) << pass.name;
    }
  }
}

}  // namespace
}  // namespace u2net::engine::test
