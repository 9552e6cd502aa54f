// SPDX-License-Identifier: Apache-2.0
#include "engine/passes/pass_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/graph/infer.h"
#include "engine/passes/pass.h"
#include "tests/engine/passes/pass_check.h"

namespace u2net::engine::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct PassLogTest : testing::Test {
  GraphBuilder g;
  PassLog log;

  std::string name(ValueId id) const { return g.graph().values[id].name; }

  Graph run(std::span<const Pass> passes, const Shape& fed = {}) {
    Graph graph = g.graph();
    if (!fed.empty()) infer_shapes(graph, std::vector{TensorView{DType::kFloat32, fed, nullptr}});
    run_passes(passes, {}, graph, &log);
    return graph;
  }

  const PassRecord& record(std::string_view pass) const {
    for (const PassRecord& record : log.records()) {
      if (record.pass == pass) return record;
    }
    throw std::logic_error("no record of " + std::string(pass));
  }
};

TEST_F(PassLogTest, TellsWhatBecameOfAConvolutionsTail) {
  const ValueId x = g.input("x", {1, 3, 8, 8});
  const ValueId bias = g.op("reshape2", {{"X", {g.constant(integers({4}, 1))}}},
                            {{"shape", std::vector<std::int64_t>{1, 4, 1, 1}}});
  const ValueId conv = g.conv(x, integers({4, 3, 3, 3}, 2));
  const ValueId sum = g.add(conv, bias);
  const ValueId relu = g.relu(sum);
  const ValueId dead = g.op("sigmoid", {{"X", {sum}}});
  const ValueId pooled = g.op("pool2d", {{"X", {relu}}},
                              {{"pooling_type", std::string("max")},
                               {"ksize", std::vector<std::int64_t>{2, 2}},
                               {"strides", std::vector<std::int64_t>{2, 2}}});
  g.output(pooled);
  Graph graph = run(model_passes());
  EXPECT_THAT(record("fold_constants").folded, ElementsAre(name(bias)));
  EXPECT_THAT(record("fold_constants").fused, IsEmpty());
  ASSERT_EQ(record("fuse_bias").fused.size(), 1U);
  EXPECT_EQ(record("fuse_bias").fused[0].node, name(sum));
  EXPECT_THAT(record("fuse_bias").fused[0].from, ElementsAre(name(conv), name(sum)));
  EXPECT_EQ(record("fuse_bias").nodes_before - record("fuse_bias").nodes_after, 1);
  EXPECT_THAT(record("eliminate_dead_code").removed, ElementsAre(name(dead)));

  infer_shapes(graph, std::vector{TensorView{DType::kFloat32, {1, 3, 8, 8}, nullptr}});
  run_passes(plan_passes(), {}, graph, &log);
  ASSERT_EQ(graph.nodes.size(), 2U);
  EXPECT_THAT(log.origins(graph.nodes[0]), ElementsAre(name(conv), name(sum), name(relu)));
  EXPECT_THAT(log.origins(graph.nodes[1]), ElementsAre(name(pooled)));
}

TEST_F(PassLogTest, ReadersOfWhatIsDroppedAreNotItsOwners) {
  const ValueId x = g.input("x", {1, 3, 8, 8});
  const ValueId scale = g.op("scale", {{"X", {x}}});
  const ValueId relu = g.relu(scale);
  g.output(relu);
  const Graph graph = run(plan_passes(), {1, 3, 8, 8});
  EXPECT_THAT(record("remove_identity").removed, ElementsAre(name(scale)));
  EXPECT_THAT(record("remove_identity").fused, IsEmpty());
  EXPECT_THAT(record("remove_identity").changed, IsEmpty());
  EXPECT_THAT(log.origins(graph.nodes[0]), ElementsAre(name(relu)));
}

TEST_F(PassLogTest, SizesThatBecomeAttributesChangeAnOperatorAlone) {
  const ValueId x = g.input("x", {1, 3, 8, 8});
  const ValueId relu = g.relu(x);
  const ValueId shape = g.op("shape", {{"Input", {relu}}});
  const ValueId size = g.op("slice", {{"Input", {shape}}},
                            {{"axes", std::vector<std::int64_t>{0}},
                             {"starts", std::vector<std::int64_t>{2}},
                             {"ends", std::vector<std::int64_t>{4}}});
  const ValueId resized = g.op("nearest_interp_v2", {{"X", {relu}}, {"OutSize", {size}}});
  g.output(g.relu(resized));
  const Graph graph = run(plan_passes(), {1, 3, 8, 8});
  EXPECT_THAT(record("fold_constants").folded, ElementsAre(name(shape), name(size)));
  EXPECT_THAT(record("specialize_sizes").changed, ElementsAre(name(resized)));
  EXPECT_THAT(record("specialize_sizes").fused, IsEmpty());
}

TEST_F(PassLogTest, APassThatFoldsForSeveralReadersNamesThemAll) {
  const ValueId a = g.input("a", {1, 3, 8, 8});
  const ValueId left = g.relu(a), right = g.op("sigmoid", {{"X", {a}}});
  const ValueId both = g.op("concat", {{"X", {left, right}}}, {{"axis", std::int64_t{1}}});
  const ValueId first = g.conv(both, integers({4, 6, 3, 3}, 1));
  const ValueId second = g.conv(both, integers({4, 6, 3, 3}, 2));
  g.output(first);
  g.output(second);
  const Graph graph = run(native_passes(), {1, 3, 8, 8});
  const std::vector<PassRecord::Fusion>& fused = record("fold_concat").fused;
  ASSERT_EQ(fused.size(), 2U);
  EXPECT_THAT(fused[0].from, ElementsAre(name(both), name(first)));
  EXPECT_THAT(fused[1].from, ElementsAre(name(both), name(second)));
  EXPECT_THAT(record("fold_concat").removed, IsEmpty());
}

}  // namespace
}  // namespace u2net::engine::test
