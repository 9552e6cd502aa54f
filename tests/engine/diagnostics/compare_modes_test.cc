// SPDX-License-Identifier: Apache-2.0
// Two modes side by side: every step is in one group, and groups are as small as they get.
#include "engine/diagnostics/compare_modes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/plan/backend.h"
#include "tests/engine/run/session_graphs.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;
constexpr CompareOptions kQuick{.profile = {.warmup = 0, .runs = 1}};

ModeComparison compare(const Graph& graph, const std::string& a, const std::string& b,
                       const Tensor& x, const CompareOptions& options = kQuick) {
  Session first(model_of(graph, a), {.threads = 2}), second(model_of(graph, b), {.threads = 2});
  const std::vector<TensorView> inputs = {x.view()};
  return compare_sessions(first, second, inputs, options);
}

void expect_all_steps(const Profile& profile, const std::vector<CompareGroup>& groups,
                      GroupSide CompareGroup::*side) {
  std::vector<int> seen(profile.steps.size());
  for (const CompareGroup& group : groups) {
    double ms = 0;
    for (std::size_t step : (group.*side).steps) {
      ++seen.at(step);
      ms += profile.steps[step].ms;
    }
    EXPECT_DOUBLE_EQ((group.*side).ms, ms);
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<std::ptrdiff_t>(seen.size()));
}

TEST(CompareModes, CoversEveryStepOnce) {
  const Tensor x = picture({1, 3, 24, 21}, 1);
  const std::vector<std::string> modes = graph_modes();
  for (const std::string& a : modes) {
    for (const std::string& b : modes) {
      const ModeComparison c = compare(every_operator(), a, b, x);
      expect_all_steps(c.a, c.groups, &CompareGroup::a);
      expect_all_steps(c.b, c.groups, &CompareGroup::b);
      for (const CompareGroup& group : c.groups) {
        EXPECT_FALSE(group.result.empty());
        // Sums of up to 360 products of magnitudes below 10, some nodes deep.
        if (group.compared) {
          EXPECT_LE(group.difference, 1e-3 * std::max(1.0, group.largest)) << group.result;
        }
        if (a == b) {
          EXPECT_EQ(group.difference, 0) << group.result;
        }
      }
    }
  }
}

const CompareGroup* group_of(const ModeComparison& c, const std::string& type) {
  for (const CompareGroup& group : c.groups) {
    if (group.types.find(type) != std::string::npos) return &group;
  }
  return nullptr;
}

// conv2d + batch_norm + relu is one node where passes run, and three as written.
TEST(CompareModes, GroupsWhatIsFused) {
  Random random("compare");
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 3, 9, 9});
  const ValueId conv = g.conv(x, uniform(random, {4, 3, 3, 3}), {{"paddings", Integers{1, 1}}});
  const ValueId y =
      g.relu(g.batch_norm(conv, {uniform(random, {4}), uniform(random, {4}), uniform(random, {4}),
                                 uniform(random, {4}, 0.5, 2)}));
  g.output(g.op("sigmoid", {{"X", {y}}}));
  const ModeComparison c = compare(g.graph(), "static", "inference", picture({1, 3, 9, 9}, 1));
  ASSERT_EQ(c.groups.size(), 2u);
  const CompareGroup* group = group_of(c, "conv2d");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->types, "conv2d batch_norm relu");
  EXPECT_EQ(group->a.steps.size(), 3u);
  EXPECT_EQ(group->b.steps.size(), 1u);
  EXPECT_TRUE(group->compared);
  EXPECT_GT(group->largest, 0);
}

// In parts as in one go.
TEST(CompareModes, ComparesInParts) {
  const Tensor x = picture({1, 3, 24, 21}, 1);
  const ModeComparison whole = compare(every_operator(), "static", "native", x);
  CompareOptions small = kQuick;
  small.max_bytes = 1;
  const ModeComparison parts = compare(every_operator(), "static", "native", x, small);
  ASSERT_EQ(parts.groups.size(), whole.groups.size());
  for (std::size_t i = 0; i < parts.groups.size(); ++i) {
    EXPECT_EQ(parts.groups[i].compared, whole.groups[i].compared);
    EXPECT_EQ(parts.groups[i].difference, whole.groups[i].difference);
    EXPECT_EQ(parts.groups[i].largest, whole.groups[i].largest);
  }
}

}  // namespace
}  // namespace u2net::engine::test
