// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/plan.h"

#include <gtest/gtest.h>

#include "tests/support/graph_builder.h"

namespace u2net::engine::test {
namespace {

class NoStep : public Step {
 public:
  void bind(const Bindings&) override {}
  void run(kernels::ThreadPool&) override {}
  std::string implementation() const override { return "none"; }
};

// relu of an input.
std::shared_ptr<const Graph> one_node() {
  GraphBuilder g;
  g.output(g.relu(g.input("x", {1, 1, 1, 1})));
  return std::make_shared<const Graph>(g.graph());
}

void step(PlanBuilder& builder, std::vector<BufferId> reads, std::vector<BufferId> writes) {
  builder.add_step(builder.graph().nodes.front(), "type", std::make_unique<NoStep>(),
                   std::move(reads), std::move(writes));
}

TEST(PlanBuilder, TellsWhereBuffersLive) {
  PlanBuilder builder(one_node());
  const BufferId input = builder.add_input(0, 4), arena = builder.add_arena(4);
  const BufferId constant = builder.add_constant(std::make_shared<int>(7), 4);
  EXPECT_FALSE(builder.is_arena(input));
  EXPECT_FALSE(builder.is_arena(constant));
  EXPECT_TRUE(builder.is_arena(arena));
  EXPECT_EQ(builder.buffer(input).input, 0);
  EXPECT_EQ(builder.buffer(arena).bytes, 4U);
}

TEST(PlanBuilder, ReusesTheMemoryOfTheDead) {
  PlanBuilder builder(one_node());
  const BufferId input = builder.add_input(0, 64);
  BufferId last = input;
  for (int i = 0; i < 5; ++i) {
    const BufferId next = builder.add_arena(64);
    step(builder, {last}, {next});
    last = next;
  }
  builder.add_output({"y", {}, last});
  const Plan plan = builder.finish();
  EXPECT_EQ(plan.arena_bytes, 128U);
  EXPECT_EQ(plan.live_bytes, 128U);
  EXPECT_EQ(plan.total_bytes, 320U);
  EXPECT_TRUE(plan.steps[0].reads_input);
  EXPECT_FALSE(plan.steps[1].reads_input);
}

TEST(PlanBuilder, KeepsOutputsToTheEnd) {
  PlanBuilder builder(one_node());
  const BufferId early = builder.add_arena(64), later = builder.add_arena(64),
                 last = builder.add_arena(64);
  step(builder, {}, {early});
  step(builder, {}, {later});
  step(builder, {later}, {last});
  builder.add_output({"early", {}, early});
  builder.add_output({"last", {}, last});
  const Plan plan = builder.finish();
  EXPECT_EQ(plan.buffers[early].last, 3);
  EXPECT_NE(plan.buffers[early].offset, plan.buffers[later].offset);
  EXPECT_NE(plan.buffers[early].offset, plan.buffers[last].offset);
}

// A whole is alive as long as any of its parts.
TEST(PlanBuilder, CountsThePartsOfABuffer) {
  PlanBuilder builder(one_node());
  const BufferId whole = builder.add_arena(256), inner = builder.add_arena(128),
                 part = builder.add_arena(64);
  builder.place_inside(inner, whole, 128);
  builder.place_inside(part, inner, 64);
  const BufferId other = builder.add_arena(64);
  step(builder, {}, {part});
  step(builder, {}, {other});
  step(builder, {other}, {inner});
  step(builder, {part}, {});
  const Plan plan = builder.finish();
  EXPECT_EQ(plan.buffers[whole].first, 0);
  EXPECT_EQ(plan.buffers[whole].last, 3);
  EXPECT_EQ(plan.buffers[part].offset, 64U);  // stays relative to its parent
  EXPECT_EQ(plan.arena_bytes, 256U + 64U);
}

TEST(PlanBuilder, GivesNothingToBuffersThatNobodyTouches) {
  PlanBuilder builder(one_node());
  builder.add_arena(1 << 20);
  const BufferId used = builder.add_arena(64);
  step(builder, {}, {used});
  EXPECT_EQ(builder.finish().arena_bytes, 64U);
}

TEST(PlanBuilder, RecordsWhatWasDecided) {
  PlanBuilder builder(one_node());
  const Node& node = builder.graph().nodes.front();
  const BufferId input = builder.add_input(0, 4), moved = builder.add_arena(4),
                 result = builder.add_arena(4);
  builder.add_move(node.input(0), "x", "reorder", std::make_unique<NoStep>(), {input}, {moved});
  builder.decide(node, {.cost = 2, .refusals = {{"slow", "three times the cost"}}});
  step(builder, {moved}, {result});
  const Plan plan = builder.finish();
  EXPECT_EQ(plan.graph, plan.batch_graph);
  EXPECT_TRUE(plan.steps[0].only_moves());
  EXPECT_EQ(plan.steps[0].value, node.input(0));
  EXPECT_EQ(plan.steps[0].node_id, kNoNode);
  EXPECT_FALSE(plan.steps[1].only_moves());
  EXPECT_EQ(plan.steps[1].node_id, 0);
  EXPECT_EQ(plan.steps[1].node, node.name);
  ASSERT_EQ(plan.decisions.size(), 1U);
  EXPECT_EQ(plan.decisions[0].cost, 2);
  EXPECT_EQ(plan.decisions[0].refusals.front().implementation, "slow");
  EXPECT_FALSE(plan.decisions[0].is_fallback);
}

TEST(PlanBuilder, RecordsWhatItLeavesToTheReference) {
  PlanBuilder builder(one_node());
  builder.decide_fallback(builder.graph().nodes.front(), "fast", "too odd");
  const Plan plan = builder.finish();
  EXPECT_TRUE(plan.decisions[0].is_fallback);
  EXPECT_EQ(plan.decisions[0].refusals.front().implementation, "fast");
  EXPECT_EQ(plan.decisions[0].refusals.front().why, "too odd");
  EXPECT_EQ(plan.notes.size(), 1U);
}

TEST(PlanBuilder, KeepsNotesAndWarnings) {
  PlanBuilder builder(one_node());
  builder.note("a");
  builder.warn("b");
  const Plan plan = builder.finish();
  EXPECT_EQ(plan.notes, std::vector<std::string>{"a"});
  EXPECT_EQ(plan.warnings, std::vector<std::string>{"b"});
}

}  // namespace
}  // namespace u2net::engine::test
