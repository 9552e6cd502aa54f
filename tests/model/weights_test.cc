// SPDX-License-Identifier: Apache-2.0
// Packed weights under a limit, and weights whose memory is given back once they are packed.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/backends/native/native_conv.h"
#include "engine/graph/work_budget.h"
#include "engine/run/session.h"
#include "tests/support/compare.h"
#include "tests/support/fill.h"
#include "tests/support/graph_builder.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

constexpr std::int64_t kChannels = 128;  // filters of 590 kB

struct Chain {
  GraphBuilder g;
  Tensor small{DType::kFloat32, {1, kChannels, 12, 14}};
  Tensor large{DType::kFloat32, {1, kChannels, 40, 44}};

  Chain() {
    Random random("chain");
    fill_uniform(random, small.values<float>());
    fill_uniform(random, large.values<float>());
    ValueId x = g.input("x", {1, kChannels, -1, -1});
    for (int i = 0; i < 3; ++i) {
      x = g.relu(g.conv(x, uniform(random, {kChannels, kChannels, 3, 3}, -0.05, 0.05),
                        {{"paddings", std::vector<std::int64_t>{1, 1}}}));
    }
    g.output(x);
  }

  // A copy of the weights of its own.
  std::shared_ptr<const Model> model(bool owns_weights) const {
    Graph graph = g.graph();
    for (Value& value : graph.values) {
      if (value.constant)
        value.constant = std::make_shared<Tensor>(copy_of(value.constant->view()));
    }
    return std::make_shared<const Model>(
        std::move(graph),
        ModelOptions{.mode = "native", .disabled_passes = {}, .owns_weights = owns_weights});
  }
};

SessionOptions limited_to(std::size_t bytes) {
  SessionOptions options{.threads = 2};
  options.kernels.max_weight_bytes = bytes;
  return options;
}

// But for the weights themselves.
std::size_t packed_bytes(const Plan& plan, const Model& model) {
  std::set<const void*> counted;
  for (const Value& value : model.graph().values) {
    if (value.constant) counted.insert(value.constant->data());
  }
  std::size_t bytes = 0;
  for (const Plan::Buffer& buffer : plan.buffers) {
    if (buffer.constant && counted.insert(buffer.constant.get()).second) bytes += buffer.bytes;
  }
  return bytes;
}

TEST(Weights, StayBelowTheLimitWhereTheyCan) {
  const Chain chain;
  const TensorView view = chain.large.view();
  const std::size_t plain = 3 * kChannels * kChannels * 9 * sizeof(float), bias = 4096;
  std::size_t last = 0;
  for (std::size_t limit : {std::size_t{0}, 3 * plain, 5 * plain, 100 * plain}) {
    Session session(chain.model(/*owns_weights=*/true), limited_to(limit));
    const std::size_t bytes = packed_bytes(session.prepare({&view, 1}), session.model());
    EXPECT_LE(bytes, std::max(limit, plain + plain / 20) + bias) << limit;
    EXPECT_GE(bytes, last);
    last = bytes;
  }
  EXPECT_GT(last, 3 * plain) << "Winograd where there is room";
}

// Megabytes have to save more than the estimates of two forms may be off.
TEST(Weights, OfFormsThatAreAsFastTheSmallestIsTaken) {
  const Chain chain;
  Graph graph = chain.g.graph();
  for (ValueId id : {graph.inputs.front().value, graph.nodes.front().output()})
    graph.values[static_cast<std::size_t>(id)].type.shape = {1, kChannels, 40, 44};
  const BackendOptions options{.cpu = usable_features()};
  const native::ConvChoice known = native::choose_convolution(graph, graph.nodes.front(), options);
  ASSERT_TRUE(known.variant) << known.why;
  const auto taken_at = [&](double cost_of_smaller) {
    std::vector<native::ConvChoice> choices = {known};
    for (native::ConvCandidate& candidate : choices[0].candidates) {
      const std::string_view form = candidate.variant->form();
      candidate.cost = form == "winograd6" ? 100 : form == "winograd4" ? cost_of_smaller : 1000;
      if (form == "winograd6") choices[0].take(*candidate.variant);
    }
    native::fit_weights(options, choices);
    return choices[0].variant->form();
  };
  EXPECT_EQ(taken_at(104), "winograd4");
  EXPECT_EQ(taken_at(110), "winograd6");
}

// Whoever allows more than planning may take gets the most that fits, and no reference kernel.
TEST(Weights, ALimitBeyondTheBudgetIsNoTrap) {
  constexpr std::int64_t kMany = 512;  // filters of 9.4 MB, up to 67 MB transformed
  GraphBuilder g;
  ValueId x = g.input("x", {1, kMany, 24, 24});
  const Tensor filter{DType::kFloat32, {kMany, kMany, 3, 3}};
  for (int i = 0; i < 7; ++i) {
    x = g.conv(x, copy_of(filter.view()), {{"paddings", std::vector<std::int64_t>{1, 1}}});
  }
  g.output(x);
  Graph graph = g.graph();
  graph.file_bytes = 1;
  const Tensor fed{DType::kFloat32, {1, kMany, 24, 24}};
  const TensorView view = fed.view();
  Session session(std::make_shared<const Model>(
                      std::move(graph), ModelOptions{.mode = "native", .disabled_passes = {}}),
                  limited_to(std::size_t{4} << 30));
  const Plan& plan = session.prepare({&view, 1});
  EXPECT_LE(packed_bytes(plan, session.model()), memory_limit(1));
  int transformed = 0;
  for (const PlannedStep& step : plan.steps)
    transformed += step.step->implementation().starts_with("winograd") ? 1 : 0;
  EXPECT_GE(transformed, 2);
  EXPECT_TRUE(std::none_of(plan.decisions.begin(), plan.decisions.end(),
                           [](const Decision& d) { return d.is_fallback; }));
}

// A limit that cannot be kept slows down what needs memory, not what needs hardly any.
TEST(Weights, SmallFiltersStayFastBelowTheLeast) {
  constexpr std::int64_t kFew = 16;
  GraphBuilder g;
  Random random("limit");
  const Attributes same = {{"paddings", std::vector<std::int64_t>{1, 1}}};
  g.output(
      g.conv(g.input("x", {1, kFew, 160, 160}), uniform(random, {kFew, kFew, 3, 3}, -1, 1), same));
  g.output(g.conv(g.input("y", {1, kChannels, 10, 10}),
                  uniform(random, {4 * kChannels, kChannels, 3, 3}, -1, 1), same));
  const Tensor x{DType::kFloat32, {1, kFew, 160, 160}}, y{DType::kFloat32, {1, kChannels, 10, 10}};
  const TensorView views[] = {x.view(), y.view()};
  for (bool owns_weights : {true, false}) {
    Session session(
        std::make_shared<const Model>(
            g.graph(),
            ModelOptions{.mode = "native", .disabled_passes = {}, .owns_weights = owns_weights}),
        limited_to(0));
    std::vector<std::string> forms;
    for (const PlannedStep& step : session.prepare(views).steps) {
      if (step.type == "conv2d") forms.push_back(step.step->implementation());
    }
    ASSERT_EQ(forms.size(), 2U);
    EXPECT_EQ(forms[0].rfind("winograd", 0), 0U) << forms[0];
    EXPECT_TRUE(forms[1].starts_with("blocked:") || forms[1].starts_with("winograd4_compact:"))
        << forms[1];
  }
}

TEST(Weights, AreReleasedAndComeBack) {
  const Chain chain;
  const auto owning = chain.model(true), keeping = chain.model(false);
  const TensorView small = chain.small.view(), large = chain.large.view();

  Session compact(owning, limited_to(0));
  const std::vector<Tensor> direct = copies_of(compact.run({&small, 1}));
  EXPECT_EQ(owning->weights().released_bytes(), 3 * kChannels * kChannels * 9 * sizeof(float));
  EXPECT_EQ(keeping->weights().released_bytes(), 0U);
  Session compact_too(keeping, limited_to(0));
  EXPECT_TRUE(same_bits(compact_too.run({&small, 1}).front(), direct.front().view(), "direct"));

  // Transformed filters are made of the weights again.
  Session fast(owning, limited_to(std::size_t{1} << 30)),
      fast_too(keeping, limited_to(std::size_t{1} << 30));
  const std::vector<Tensor> got = copies_of(fast.run({&large, 1}));
  EXPECT_TRUE(same_bits(fast_too.run({&large, 1}).front(), got.front().view(), "transformed"));

  // And so does a kernel that reads them as they are.
  for (const Value& value : owning->graph().values) {
    if (value.constant) owning->weights().keep(*value.constant);
  }
  EXPECT_EQ(owning->weights().released_bytes(), 0U);
  for (std::size_t id = 0; id < owning->graph().values.size(); ++id) {
    const Tensor *a = owning->graph().values[id].constant.get(),
                 *b = keeping->graph().values[id].constant.get();
    EXPECT_TRUE(!a || same_bits(b->view(), a->view(), "weight"));
  }
}

// Another model made of the same graph reads the same weights.
TEST(Weights, AreKeptForOthersByDefault) {
  const Chain chain;
  const std::vector<Tensor> before = run_graph(chain.g.graph(), {&chain.small, 1});
  run_graph(chain.g.graph(), {&chain.small, 1}, {.mode = "native"});
  const std::vector<Tensor> after = run_graph(chain.g.graph(), {&chain.small, 1});
  EXPECT_TRUE(same_bits(before.front().view(), after.front().view(), "static"));
}

}  // namespace
}  // namespace u2net::engine::test
