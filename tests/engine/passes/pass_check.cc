// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/passes/pass_check.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "engine/graph/infer.h"
#include "engine/graph/op.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {

int Passed::count(std::string_view op_type) const {
  int count = 0;
  for (const Node& n : graph.nodes) count += n.op->type().name == op_type;
  return count;
}

const Node& Passed::node(std::string_view op_type) const {
  if (count(op_type) != 1) throw std::logic_error("not one " + std::string(op_type));
  for (const Node& n : graph.nodes) {
    if (n.op->type().name == op_type) return n;
  }
  throw std::logic_error("unreachable");
}

Passed apply_all(std::span<bool (*const)(Graph&)> passes, Stage stage, const GraphBuilder& builder,
                 std::span<const Tensor> inputs, double bound) {
  Passed passed{.changed = false, .graph = builder.graph()};
  if (stage == Stage::kPlan) infer_shapes(passed.graph, views_of(inputs));
  for (bool (*pass)(Graph&) : passes) passed.changed = pass(passed.graph) || passed.changed;
  const std::vector<Tensor> before = run_graph(builder.graph(), inputs);
  const std::vector<Tensor> after = run_graph(passed.graph, inputs);
  EXPECT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
    EXPECT_EQ(passed.graph.outputs[i].name, builder.graph().outputs[i].name);
    EXPECT_TRUE(within(before[i].view(), after[i].view(), bound, "output " + std::to_string(i)));
    EXPECT_GT(largest_magnitude(before[i].view()), 0) << "nothing to compare";
  }
  // A second time there is nothing left to do.
  Graph again = passed.graph;
  for (bool (*pass)(Graph&) : passes) pass(again);
  EXPECT_EQ(again.nodes.size(), passed.graph.nodes.size());
  return passed;
}

Passed apply(bool (*pass)(Graph&), Stage stage, const GraphBuilder& builder,
             std::span<const Tensor> inputs, double bound) {
  bool (*const passes[])(Graph&) = {pass};
  return apply_all(passes, stage, builder, inputs, bound);
}

Tensor integers(Shape shape, std::uint64_t seed) {
  Random random("pass", seed);
  return integers(random, std::move(shape));
}

Tensor floats(std::vector<float> values) {
  return Tensor::from<float>({static_cast<std::int64_t>(values.size())}, values);
}

}  // namespace u2net::engine::test
