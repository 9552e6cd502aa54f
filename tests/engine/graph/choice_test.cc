// SPDX-License-Identifier: Apache-2.0
// Branches: which of them counts is known while planning, and the other one is not looked at.
#include "engine/graph/choice.h"

#include <gtest/gtest.h>

#include "engine/graph/infer.h"
#include "engine/run/session.h"
#include "tests/engine/single_ops.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

// Of [n, 1, h, 4]: where h > 4 the sum with [.., 6, 4], else twice x.
struct Branches {
  GraphBuilder g;
  ValueId x = g.input("x", {-1, 1, -1, 4});
  ValueId longer, added;

  Branches() {
    const ValueId rows =
        g.op("slice", {{"Input", {g.op("shape", {{"Input", {x}}})}}},
             {{"axes", Integers{0}}, {"starts", Integers{2}}, {"ends", Integers{3}}});
    longer = g.op("greater_than", {{"X", {rows}}, {"Y", {g.sizes({4})}}});
    added = g.add(x, g.constant(weight({1, 1, 6, 4})));
    const ValueId twice = g.op("scale", {{"X", {x}}}, {{"scale", 2.0}});
    g.output(g.op("select_input", {{"X", {twice, added}}, {"Mask", {longer}}}));
  }
};

TEST(Choice, TakesTheBranchOfTheSizes) {
  Random random("choice");
  for (const std::string& mode : graph_modes()) {
    const Branches b;
    Session session(std::make_shared<const Model>(
                        b.g.graph(), ModelOptions{.mode = mode, .disabled_passes = {}}),
                    {.threads = 1});
    for (std::int64_t rows : {6, 3, 6, 4}) {  // three rows and six do not add
      const Tensor x = integers(random, {2, 1, rows, 4});
      const TensorView fed = x.view();
      const TensorView& got = session.run({&fed, 1})[0];
      for (std::int64_t i = 0; i < x.size(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        EXPECT_EQ(got.as<const float>()[i], x.values<float>()[at] * (rows > 4 ? 1 : 2)) << mode;
      }
    }
  }
}

TEST(Choice, RefusesSizesThatTheTakenBranchRefuses) {
  const Branches b;
  std::vector<Tensor> fed;
  fed.push_back(weight({1, 1, 5, 4}));
  EXPECT_TRUE(fails_with(ErrorCode::kInputShape, {"elementwise_add", "[1,1,5,4]", "[1,1,6,4]"},
                         [&] { run_graph(b.g.graph(), fed); }));
}

TEST(Choice, LeavesWhatIsNeededAlone) {
  const Branches b;
  Graph graph = b.g.graph();
  const TensorView fed{DType::kFloat32, {1, 1, 3, 4}, nullptr};
  infer_shapes(graph, {&fed, 1});
  for (const Node& node : graph.nodes) {
    EXPECT_FALSE(op_as<Choice>(node)) << node.name;
    EXPECT_NE(node.output(), b.added);
  }
}

TEST(Choice, MayLieInAnother) {
  Branches b;
  const ValueId never = b.g.op("scale", {{"X", {b.g.graph().outputs[0].value}}}, {{"scale", 3.0}});
  const ValueId inner = b.g.op("select_input", {{"X", {b.added, never}}, {"Mask", {b.longer}}});
  b.g.output(b.g.op("select_input", {{"X", {inner, b.x}}, {"Mask", {b.longer}}}));
  std::vector<Tensor> fed;
  fed.push_back(weight({1, 1, 6, 4}));
  EXPECT_EQ(run_graph(b.g.graph(), fed).size(), 2U);
  fed[0] = weight({1, 1, 2, 4});  // where the inner one takes what these sizes do not allow
  EXPECT_TRUE(fails_with(ErrorCode::kInputShape, {"elementwise_add"},
                         [&] { run_graph(b.g.graph(), fed); }));
}

TEST(Choice, DependsOnFedElementsWhereTheMaskDoes) {
  GraphBuilder g;
  const ValueId x = g.input("x", {2}), which = g.input("which", {1}, DType::kInt32);
  const ValueId twice = g.op("scale", {{"X", {x}}}, {{"scale", 2.0}});
  g.output(g.op("select_input", {{"X", {x, twice}}, {"Mask", {which}}}));
  Session session(std::make_shared<const Model>(
                      g.graph(), ModelOptions{.mode = "native", .disabled_passes = {}}),
                  {.threads = 1});
  std::vector<Tensor> fed;
  fed.push_back(Tensor::from<float>({2}, std::vector<float>{3, 5}));
  fed.emplace_back();
  for (std::int32_t number : {0, 1, 0}) {
    fed[1] = Tensor::from<std::int32_t>({1}, std::vector<std::int32_t>{number});
    EXPECT_EQ(session.run(views_of(fed))[0].as<const float>()[0], number == 0 ? 3.0F : 6.0F);
  }
  fed[1] = Tensor::from<std::int32_t>({1}, std::vector<std::int32_t>{2});
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"select_input", "Mask is 2 of 2"},
                         [&] { session.run(views_of(fed)); }));
}

TEST(Choice, NamesAMaskOfSeveralElements) {
  GraphBuilder g;
  const ValueId x = image(g, {2});
  g.output(g.op("select_input", {{"X", {x, x}}, {"Mask", {g.sizes({0, 1})}}}));
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"select_input", "2 elements", "expected 1"},
                         [&] { inferred(g); }));
}

}  // namespace
}  // namespace u2net::engine::test
