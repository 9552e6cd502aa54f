// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/graph.h"

#include <gtest/gtest.h>

#include "engine/graph/op.h"
#include "tests/support/graph_builder.h"

namespace u2net::engine::test {
namespace {

// x -> a -> b; a + b; a is an output too; c is read by nobody.
struct Diamond {
  GraphBuilder g;
  ValueId x = g.input("x", {2});
  ValueId a = g.relu(x), b = g.relu(a), sum = g.add(a, b), c = g.relu(x);
  Diamond() {
    g.output(sum);
    g.output(a);
  }
};

TEST(Connections, KnowProducersAndUses) {
  const Diamond d;
  const Connections connections(d.g.graph());
  EXPECT_EQ(connections.producer[d.x], -1);
  EXPECT_EQ(connections.producer[d.a], 0);
  EXPECT_EQ(connections.producer[d.sum], 2);
  EXPECT_EQ(connections.uses[d.x].size(), 2U);
  EXPECT_EQ(connections.uses[d.a].size(), 3U);
  EXPECT_TRUE(connections.uses[d.c].empty());
  ASSERT_EQ(connections.uses[d.b].size(), 1U);
  EXPECT_EQ(connections.uses[d.b][0].node, 2);
  EXPECT_EQ(connections.uses[d.b][0].slot, 1);
}

TEST(Connections, FindTheSoleReader) {
  GraphBuilder g;
  const ValueId x = g.input("x", {2}), once = g.relu(x), fetched = g.relu(once);
  const ValueId twice = g.relu(x), doubled = g.add(twice, twice), unused = g.relu(doubled);
  const ValueId read_and_fetched = g.relu(x);
  g.relu(read_and_fetched);
  g.output(fetched);
  g.output(read_and_fetched);
  const Connections connections(g.graph());
  ASSERT_NE(connections.sole_use(once), nullptr);
  EXPECT_EQ(connections.sole_use(once)->node, 1);
  EXPECT_EQ(connections.sole_use(fetched), nullptr);  // an output is a reader of its own kind
  EXPECT_EQ(connections.sole_use(twice), nullptr);    // two slots of one node
  EXPECT_EQ(connections.sole_use(unused), nullptr);
  EXPECT_EQ(connections.sole_use(read_and_fetched), nullptr);
}

TEST(Connections, SkipErasedNodes) {
  Diamond d;
  Graph graph = d.g.graph();
  graph.nodes[1].op = nullptr;
  const Connections connections(graph);
  EXPECT_EQ(connections.producer[d.b], -1);
  EXPECT_EQ(connections.uses[d.a].size(), 2U);
}

TEST(Graphs, ReplaceUsesInNodesAndOutputs) {
  const Diamond d;
  Graph graph = d.g.graph();
  replace_uses(graph, d.a, d.x);
  EXPECT_EQ(graph.nodes[1].input(0), d.x);
  EXPECT_EQ(graph.nodes[2].input(0), d.x);
  EXPECT_EQ(graph.outputs[1].value, d.x);
  EXPECT_EQ(graph.outputs[1].name, d.g.graph().outputs[1].name);  // users still call it that
  EXPECT_EQ(graph.outputs[0].value, d.sum);
}

TEST(Graphs, DropErasedNodesInOrder) {
  const Diamond d;
  Graph graph = d.g.graph();
  graph.nodes[0].op = nullptr;
  graph.nodes[2].op = nullptr;
  remove_erased_nodes(graph);
  ASSERT_EQ(graph.nodes.size(), 2U);
  EXPECT_EQ(graph.nodes[0].output(), d.b);
  EXPECT_EQ(graph.nodes[1].output(), d.c);
}

TEST(Graphs, AreCopiedByValueButShareWeights) {
  GraphBuilder g;
  const ValueId weight = g.constant(Tensor(DType::kFloat32, {3}));
  Graph copy = g.graph();
  EXPECT_EQ(copy.constant(weight), g.graph().constant(weight));
  copy.values[weight].constant = nullptr;
  EXPECT_NE(g.graph().constant(weight), nullptr);
  EXPECT_EQ(g.graph().type_of(weight).shape, Shape{3});
  EXPECT_TRUE(g.graph().values[weight].type_is_known);
}

}  // namespace
}  // namespace u2net::engine::test
