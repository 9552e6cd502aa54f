// SPDX-License-Identifier: Apache-2.0
// Graphs of as many operators as a program may have: nothing in loading or planning takes the
// square of their number. The bound on time is ten times what was measured, and a hundredth of the
// square.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "engine/graph/infer.h"
#include "engine/passes/pass.h"
#include "engine/passes/pass_log.h"
#include "engine/run/session.h"
#include "tests/engine/run/session_graphs.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"
#include "tests/support/sanitizer.h"

namespace u2net::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

#ifdef NDEBUG
constexpr bool kIsTimed = !kSanitized;
#else
constexpr bool kIsTimed = false;
#endif
constexpr int kOperators = kIsTimed ? 20'000 : 2'000;
constexpr std::chrono::seconds kMost{10};

struct Large {
  GraphBuilder g;
  ValueId x = g.input("x", {1, 1, 4, 4}),
          filter = g.constant(Tensor::from<float>({1, 1, 1, 1}, std::vector<float>{0.5F})),
          pair = g.constant(Tensor::from<float>({1, 2, 1, 1}, std::vector<float>{0.5F, 0.25F})),
          square = g.constant(Tensor::from<float>({1, 1, 3, 3}, std::vector<float>(9, 0.1F)));

  ValueId conv(ValueId from, ValueId weight, std::int64_t pad = 0) {
    return g.op("conv2d", {{"Input", {from}}, {"Filter", {weight}}},
                {{"paddings", Integers{pad, pad}}});
  }
  ValueId join(std::vector<ValueId> parts) {
    return g.op("concat", {{"X", std::move(parts)}}, {{"axis", std::int64_t{1}}});
  }
  ValueId doubled(ValueId from) {
    return g.op("bilinear_interp_v2", {{"X", {from}}},
                {{"out_h", std::int64_t{8}},
                 {"out_w", std::int64_t{8}},
                 {"align_corners", false},
                 {"align_mode", std::int64_t{0}}});
  }
  ValueId same(ValueId from) { return g.op("scale", {{"X", {from}}}); }
  ValueId size_of(ValueId from) {
    const ValueId shape = g.op("shape", {{"Input", {from}}});
    return g.op("slice", {{"Input", {shape}}},
                {{"axes", Integers{0}}, {"starts", Integers{2}}, {"ends", Integers{4}}});
  }
  ValueId resized(ValueId from, ValueId size) {
    return g.op("nearest_interp_v2", {{"X", {from}}, {"OutSize", {size}}});
  }
};

// What each of them adds to the value before; `operators` of it make a graph.
struct Chain {
  const char* name;
  int operators;
  ValueId (*link)(Large& l, ValueId from);
};

constexpr Chain kChains[] = {
    {"relu", 1, [](Large& l, ValueId v) { return l.g.relu(v); }},
    {"identity", 1, [](Large& l, ValueId v) { return l.same(v); }},
    {"conv", 1, [](Large& l, ValueId v) { return l.conv(v, l.filter); }},
    {"conv_with_residual", 2, [](Large& l, ValueId v) { return l.g.add(l.conv(v, l.filter), v); }},
    {"concat_and_conv", 2,
     [](Large& l, ValueId v) {
       return l.conv(l.join({v, l.x}), l.pair);
     }},
    {"resize_and_conv", 3,
     [](Large& l, ValueId v) {
       const ValueId large = l.conv(l.doubled(v), l.square, 1);
       return l.g.op("pool2d", {{"X", {large}}},
                     {{"pooling_type", std::string("max")},
                      {"ksize", Integers{2, 2}},
                      {"strides", Integers{2, 2}}});
     }},
    {"computed_sizes", 3, [](Large& l, ValueId v) { return l.resized(v, l.size_of(v)); }},
};

// Plans without running, in every mode, and says how long the slowest took.
void expect_quick(const GraphBuilder& g) {
  const Tensor fed = picture({1, 1, 4, 4}, 1);
  for (const std::string& mode : graph_modes()) {
    const auto begin = std::chrono::steady_clock::now();
    Session session(model_of(g.graph(), mode), {.threads = 1});
    session.prepare(std::vector{fed.view()});
    const auto took = std::chrono::steady_clock::now() - begin;
    if (kIsTimed) {
      EXPECT_LT(took, kMost) << mode;
    }
  }
}

class LargeChains : public testing::TestWithParam<Chain> {};

TEST_P(LargeChains, ArePlannedInEveryMode) {
  Large l;
  ValueId value = l.x;
  for (int i = 0; i < kOperators; i += GetParam().operators) value = GetParam().link(l, value);
  l.g.output(value);
  expect_quick(l.g);
}

INSTANTIATE_TEST_SUITE_P(Links, LargeChains, testing::ValuesIn(kChains),
                         [](const auto& info) { return std::string(info.param.name); });

// One value that many read, and one node that reads many, with every buffer alive at once.
TEST(LargeGraphs, WideOnes) {
  Large l;
  std::vector<ValueId> all;
  for (int i = 0; i < kOperators; ++i) all.push_back(l.g.relu(l.x));
  l.g.output(l.join(all));
  expect_quick(l.g);
}

// A concat that thousands of convolutions read, whose results are added up from the last to the
// first: the memory of each is of use until its turn.
TEST(LargeGraphs, WideAndDeepOnes) {
  Large l;
  const ValueId joined = l.join({l.x, l.x});
  std::vector<ValueId> all;
  for (int i = 0; i < kOperators / 2; ++i) all.push_back(l.conv(joined, l.pair));
  ValueId sum = l.x;
  for (; !all.empty(); all.pop_back()) sum = l.g.add(sum, all.back());
  l.g.output(sum);
  expect_quick(l.g);
}

// One long computation of one size: no recursion, and nothing copied at every step.
TEST(LargeGraphs, DeepArithmeticOnSizes) {
  Large l;
  ValueId size = l.size_of(l.x);
  for (int i = 0; i < kOperators; ++i) size = l.g.relu(size);
  l.g.output(l.resized(l.x, size));
  expect_quick(l.g);
}

// Filters that together exceed the limit of packed weights: as many choices change.
TEST(LargeGraphs, ManyFilters) {
  Large l;
  ValueId value = l.x;
  for (int i = 0; i < kOperators; ++i)
    value = l.g.conv(value, Tensor::from<float>({1, 1, 3, 3}, std::vector<float>(9, 0.1F)),
                     {{"paddings", Integers{1, 1}}});
  l.g.output(value);
  expect_quick(l.g);
}

TEST(LargeGraphs, LogOfThePasses) {
  Large l;
  ValueId value = l.x;
  for (int i = 0; i < kOperators; i += 2) value = l.same(l.conv(value, l.filter));
  l.g.output(value);
  Graph graph = l.g.graph();
  infer_shapes(graph, std::vector<TensorView>{{DType::kFloat32, {1, 1, 4, 4}, nullptr}});
  PassLog log;
  const auto begin = std::chrono::steady_clock::now();
  run_passes(plan_passes(), {}, graph, &log);
  if (kIsTimed) {
    EXPECT_LT(std::chrono::steady_clock::now() - begin, kMost);
  }
  EXPECT_EQ(log.origins(graph.nodes.back()).size(), 1U);
}

}  // namespace
}  // namespace u2net::engine::test
