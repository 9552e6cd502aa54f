// SPDX-License-Identifier: Apache-2.0
#include "engine/run/model.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "tests/support/expect_error.h"
#include "tests/support/graph_builder.h"

namespace u2net::engine::test {
namespace {

TEST(Modes, StartWithTheReference) {
  const std::vector<std::string> available = graph_modes();
  ASSERT_GE(available.size(), 2U);
  EXPECT_EQ(available[0], "static");
  EXPECT_EQ(available[1], "inference");
  std::set<std::string_view> names;
  for (const ModeInfo& mode : all_modes()) EXPECT_TRUE(names.insert(mode.name).second) << mode.name;
  for (const std::string& name : available) {
    EXPECT_EQ(find_mode(name).name, name);
    EXPECT_TRUE(is_available(find_mode(name)));
  }
  EXPECT_FALSE(find_mode("static").has_passes());
  EXPECT_TRUE(find_mode("inference").has_passes());
}

TEST(Modes, ThatRunCodeHaveNoGraph) {
  EXPECT_EQ(available_modes().front(), "dynamic");
  EXPECT_EQ(available_modes().size(), graph_modes().size() + 1);
  EXPECT_TRUE(find_mode("dynamic").runs_code);
  EXPECT_TRUE(
      fails_with(ErrorCode::kUsage, {"'dynamic'", "static"}, [] { find_graph_mode("dynamic"); }));
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"'dynamic'", "static"},
                         [] { Model(Graph{}, {.mode = "dynamic", .disabled_passes = {}}); }));
}

TEST(Modes, SayWhatThereIs) {
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"'turbo'", "static", "inference"},
                         [] { find_mode("turbo"); }));
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"''"}, [] { find_mode(""); }));
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"'Static'"},
                         [] { Model(Graph{}, {.mode = "Static", .disabled_passes = {}}); }));
}

TEST(Modes, SayWhatThisBuildLacks) {
  int lacking = 0;
  for (const ModeInfo& mode : all_modes()) {
    if (is_available(mode)) continue;
    ++lacking;
    EXPECT_TRUE(fails_with(ErrorCode::kModeUnavailable, {mode.name, "static"},
                           [&] { find_mode(mode.name); }));
  }
  EXPECT_EQ(static_cast<std::size_t>(lacking) + available_modes().size(), all_modes().size());
}

TEST(Models, RefuseUnknownPasses) {
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"'fuse_everything'"}, [] {
    Model(Graph{}, {.mode = "static", .disabled_passes = {"fuse_relu", "fuse_everything"}});
  }));
}

TEST(Models, TellWhatGoesInAndOut) {
  GraphBuilder g;
  const ValueId x = g.input("image", {-1, 3, 32, -1}), n = g.input("size", {2}, DType::kInt32);
  g.output(g.relu(x));
  g.output(n);
  const Model model(g.graph(), {});
  EXPECT_EQ(model.mode().name, "static");
  const std::vector<PortInfo> inputs = model.inputs();
  ASSERT_EQ(inputs.size(), 2U);
  EXPECT_EQ(inputs[0].name, "image");
  EXPECT_EQ(inputs[0].type.shape, (Shape{-1, 3, 32, -1}));
  EXPECT_EQ(inputs[1].type.dtype, DType::kInt32);
  EXPECT_EQ(model.output_names(), (std::vector<std::string>{"relu_0", "size"}));
}

TEST(Models, RunTheirPassesInModesThatHaveThem) {
  GraphBuilder g;
  const ValueId x = g.input("x", {1, 1, 2, 2});
  g.op("sigmoid", {{"X", {x}}});
  g.output(g.relu(x));
  EXPECT_EQ(Model(g.graph(), {.mode = "static", .disabled_passes = {}}).graph().nodes.size(), 2U);
  EXPECT_EQ(Model(g.graph(), {.mode = "inference", .disabled_passes = {}}).graph().nodes.size(),
            1U);
  EXPECT_EQ(Model(g.graph(), {.mode = "inference", .disabled_passes = {"eliminate_dead_code"}})
                .graph()
                .nodes.size(),
            2U);
}

TEST(WeightCaches, MakeEveryEntryOnce) {
  WeightCache cache;
  std::atomic<int> made = 0;
  // Two weights of one name and content, in one layout each: told apart all the same.
  const std::shared_ptr<const Tensor> weights[] = {
      std::make_shared<const Tensor>(DType::kFloat32, Shape{1}),
      std::make_shared<const Tensor>(DType::kFloat32, Shape{1})};
  const auto get = [&](std::size_t i) {
    return cache.get(weights[i], "layout", 4, [&]() -> std::shared_ptr<const void> {
      return std::make_shared<int>(++made);
    });
  };
  std::vector<std::thread> threads;
  std::vector<std::shared_ptr<const void>> entries(8);
  for (std::size_t i = 0; i < entries.size(); ++i)
    threads.emplace_back([&, i] { entries[i] = get(i % 2); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 2);
  for (std::size_t i = 2; i < entries.size(); ++i) EXPECT_EQ(entries[i], entries[i % 2]);
  EXPECT_NE(entries[0], entries[1]);
}

TEST(WeightCaches, TryAgainAfterAFailure) {
  WeightCache cache;
  const auto weight = std::make_shared<const Tensor>(DType::kFloat32, Shape{1});
  EXPECT_THROW(cache.get(weight, "layout", 4,
                         []() -> std::shared_ptr<const void> { throw std::bad_alloc(); }),
               std::bad_alloc);
  EXPECT_NE(cache.get(weight, "layout", 4,
                      []() -> std::shared_ptr<const void> { return std::make_shared<int>(1); }),
            nullptr);
}

}  // namespace
}  // namespace u2net::engine::test
