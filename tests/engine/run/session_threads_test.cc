// SPDX-License-Identifier: Apache-2.0
// One Model, many Sessions at once.
#include <gtest/gtest.h>

#include <cfenv>
#include <thread>

#include "tests/engine/run/session_graphs.h"
#include "tests/support/compare.h"
#include "tests/support/float_environment.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

class SharedModel : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const Model> model = model_of(every_operator(), GetParam());
};

TEST_P(SharedModel, ServesManySessionsAtOnce) {
  constexpr std::size_t kThreads = 4;
  constexpr int kRuns = 20;
  std::vector<Tensor> inputs;
  std::vector<std::vector<Tensor>> expected;
  for (std::size_t i = 0; i < 3; ++i) {
    inputs.push_back(picture({1, 3, 9 + 6 * static_cast<std::int64_t>(i), 14}, i));
    expected.push_back(run_fresh(model, {inputs.back().view()}));
  }
  std::vector<testing::AssertionResult> results(kThreads, testing::AssertionSuccess());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Session session(model, {.threads = static_cast<int>(t % 2) + 1});
      for (int run = 0; run < kRuns && results[t]; ++run) {
        const std::size_t which = (t + static_cast<std::size_t>(run)) % inputs.size();
        const std::vector<TensorView>& got = session.run(std::vector{inputs[which].view()});
        for (std::size_t i = 0; i < got.size() && results[t]; ++i) {
          results[t] = same_bits(expected[which][i].view(), got[i],
                                 "thread " + std::to_string(t) + " run " + std::to_string(run));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const testing::AssertionResult& result : results) EXPECT_TRUE(result);
}

TEST_P(SharedModel, SessionsMayBeMadeAndDroppedAnywhere) {
  const Tensor x = picture({1, 3, 10, 12}, 1);
  const std::vector<Tensor> expected = run_fresh(model, {x.view()});
  std::vector<testing::AssertionResult> results(3, testing::AssertionSuccess());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < results.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 30 && results[t]; ++i) {
        Session session(model, {.threads = 2});
        if (i % 3 > 0)
          results[t] = same_bits(expected[0].view(), session.run(std::vector{x.view()})[0],
                                 "session " + std::to_string(i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const testing::AssertionResult& result : results) EXPECT_TRUE(result);
}

TEST_P(SharedModel, SessionsMayMoveBetweenThreads) {
  const Tensor x = picture({1, 3, 10, 12}, 2);
  const std::vector<Tensor> expected = run_fresh(model, {x.view()});
  auto session = std::make_unique<Session>(model, SessionOptions{.threads = 2});
  for (int i = 0; i < 5; ++i) {
    testing::AssertionResult result = testing::AssertionFailure();
    std::thread([&] {
      result = same_bits(expected[0].view(), session->run(std::vector{x.view()})[0],
                         "thread " + std::to_string(i));
    }).join();
    EXPECT_TRUE(result);
  }
  std::thread([&] { session.reset(); }).join();
}

TEST_P(SharedModel, OutlivesNothingThatASessionNeeds) {
  const Tensor x = picture({1, 3, 10, 12}, 3);
  const std::vector<Tensor> expected = run_fresh(model, {x.view()});
  Session session(model, {.threads = 1});
  model.reset();
  EXPECT_TRUE(same_bits(expected[0].view(), session.run(std::vector{x.view()})[0],
                        "the session is the last owner"));
}

TEST_P(SharedModel, LeavesTheFloatingPointModeAsItWas) {
  const Tensor x = picture({1, 3, 10, 12}, 4);
  Session session(model, {.threads = 1});
  const int rounding = std::fegetround();
#ifdef U2NET_TEST_FLOAT_ENVIRONMENT
  const std::uint64_t before = float_environment() & ~kFlags;
#endif
  session.run(std::vector{x.view()});
  EXPECT_EQ(std::fegetround(), rounding);
#ifdef U2NET_TEST_FLOAT_ENVIRONMENT
  EXPECT_EQ(float_environment() & ~kFlags, before);
#endif
}

INSTANTIATE_TEST_SUITE_P(Modes, SharedModel, testing::ValuesIn(graph_modes()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace u2net::engine::test
