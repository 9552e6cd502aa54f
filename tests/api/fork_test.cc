// SPDX-License-Identifier: Apache-2.0
// What a forked process does with the objects that it inherited.
#include <atomic>
#include <thread>

#include "tests/api/small_model.h"
#include "tests/support/child_process.h"
#include "tests/support/sanitizer.h"

namespace u2net::engine::test {
namespace {

class ApiFork : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "sanitizers keep locks that others had at a fork";
  }
};

// A thread that runs something all the time.
class BusyThread {
 public:
  explicit BusyThread(const std::function<void()>& work)
      : thread_([this, work] {
          while (!stop_) {
            work();
            ++rounds_;
          }
        }) {
    while (rounds_ < 2) std::this_thread::yield();
  }
  ~BusyThread() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<int> rounds_{0};
  std::thread thread_;
};

std::vector<api::Mode> modes_of_our_own_threads() {
  std::vector<api::Mode> modes = graph_modes();
  std::erase(modes, api::Mode::kOneDnn);
  return modes;
}

bool has_onednn() { return modes_of_our_own_threads().size() < graph_modes().size(); }

std::vector<float> run(api::Session& session, const api::Tensor& input) {
  return floats(session.run({input}).front());
}

TEST_F(ApiFork, AChildRunsAndReleasesWhatItInherited) {
  const api::Tensor input = image(2, 1);
  for (api::Mode mode : modes_of_our_own_threads()) {
    const std::vector<float> expected = expected_output(input, mode);
    for (int threads : {1, 4}) {
      auto model = std::make_unique<api::Model>(small_config(mode));
      auto used = std::make_unique<api::Session>(*model, api::SessionOptions{threads});
      auto unused = std::make_unique<api::Session>(*model, api::SessionOptions{threads});
      EXPECT_EQ(run(*used, input), expected);
      EXPECT_EQ(in_child([&] {
                  EXPECT_EQ(run(*used, input), expected);
                  EXPECT_EQ(run(*unused, input), expected);
                  api::Session other = used->clone();
                  EXPECT_EQ(run(other, input), expected);
                  EXPECT_EQ(in_child([&] { EXPECT_EQ(run(other, input), expected); }), "");
                  used.reset();
                  unused.reset();
                  model.reset();
                  EXPECT_EQ(run(other, input), expected);
                }),
                "")
          << api::mode_name(mode) << " " << threads;
      EXPECT_EQ(run(*used, input), expected);
    }
  }
}

TEST_F(ApiFork, AChildMayReleaseWithoutARun) {
  for (api::Mode mode : graph_modes()) {
    auto model = std::make_unique<api::Model>(small_config(mode));
    auto session = std::make_unique<api::Session>(*model, api::SessionOptions{3});
    run(*session, image(1, 1));
    EXPECT_EQ(in_child([&] {
                session.reset();
                model.reset();
              }),
              "")
        << api::mode_name(mode);
  }
}

// The session that another thread is in may be half way through anything.
TEST_F(ApiFork, InTheMiddleOfAnotherThreadsRun) {
  const api::Tensor input = image(2, 1);
  const std::vector<float> expected = expected_output(input, api::Mode::kNative);
  const api::Model model(small_config());
  auto session = std::make_unique<api::Session>(model, api::SessionOptions{2});
  int refused = 0;
  const BusyThread busy([&] { session->run({input}); });
  for (int i = 0; i < 30; ++i) {
    const std::string outcome = in_child([&] {
      api::Session other(model, {2});
      EXPECT_EQ(run(other, input), expected);
      try {
        EXPECT_EQ(run(*session, input), expected);
      } catch (const api::Error& e) {
        EXPECT_EQ(e.code(), api::ErrorCode::kUsage);
        session.reset();
        throw;
      }
      session.reset();
    });
    if (outcome.empty()) continue;  // between two runs
    EXPECT_EQ(outcome, "another thread was in this Session when the process forked");
    ++refused;
  }
  EXPECT_GT(refused, 0);
}

TEST_F(ApiFork, InTheMiddleOfAnotherThreadsPlanning) {
  const api::Tensor input = image(2, 1);
  const std::vector<float> expected = expected_output(input, api::Mode::kNative);
  const api::Model model(small_config());
  const BusyThread busy([&] {
    api::Session planning(api::Model(small_config()), {2});
    planning.run({input});
  });
  const BusyThread sharing([&] {
    api::Session planning(model, {1});
    planning.run({input});
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(in_child([&] {
                api::Session other(model, {2});
                EXPECT_EQ(run(other, input), expected);
              }),
              "");
  }
}

// A Segmenter has nothing that a call leaves behind: it goes on.
TEST_F(ApiFork, ASegmenterThatWasInUseStillWorks) {
  const std::vector<std::uint8_t> pixels(48 * 32 * 3, 90);
  const api::ImageView picture{pixels.data(), 48, 32};
  const api::Model model(bundled_files().set_threads(2));
  auto segmenter = std::make_unique<api::Segmenter>(model);
  const std::vector<std::uint8_t> expected = segmenter->segment(picture).pixels;
  const BusyThread busy([&] { segmenter->segment(picture); });
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(in_child([&] {
                EXPECT_EQ(segmenter->segment(picture).pixels, expected);
                EXPECT_EQ(segmenter->segment(picture).pixels, expected);
                segmenter.reset();
              }),
              "");
    EXPECT_EQ(in_child([&] { segmenter.reset(); }), "");
  }
}

TEST_F(ApiFork, OpenMpsThreadsAreMissed) {
  if (!has_onednn()) GTEST_SKIP() << "no oneDNN in this build";
  const api::Tensor input = image(2, 1);
  const std::vector<float> expected = expected_output(input, api::Mode::kOneDnn);
  const api::Model model(small_config(api::Mode::kOneDnn));
  api::Session session(model, {2}), single(model, {1}), native(api::Model(small_config()), {2});
  EXPECT_EQ(run(session, input), expected);
  const auto refuses = [](const std::function<void()>& action) {
    return api_fails(api::ErrorCode::kModeUnavailable,
                     {"'onednn' cannot run in a forked process", "mode 'native'"}, action);
  };
  EXPECT_EQ(in_child([&] {
              EXPECT_TRUE(refuses([&] { run(session, input); }));
              EXPECT_TRUE(refuses([&] {
                api::Session other(api::Model(small_config(api::Mode::kOneDnn)), {2});
                run(other, input);
              }));
              EXPECT_EQ(run(single, input), expected);
              run(native, input);
            }),
            "");
  EXPECT_EQ(run(session, input), expected);
}

// OpenMP's threads belong to the one that used it: another one has nothing to miss.
TEST_F(ApiFork, OpenMpWorksInAChildOfAThreadThatDidNotUseIt) {
  if (!has_onednn()) GTEST_SKIP() << "no oneDNN in this build";
  const api::Tensor input = image(2, 1);
  const std::vector<float> expected = expected_output(input, api::Mode::kOneDnn);
  const api::Model model(small_config(api::Mode::kOneDnn));
  api::Session session(model, {2});
  EXPECT_EQ(run(session, input), expected);
  std::string outcome;
  std::thread([&] {
    outcome = in_child([&] { EXPECT_EQ(run(session, input), expected); });
  }).join();
  EXPECT_EQ(outcome, "");
}

TEST_F(ApiFork, OneDnnPlansOfAnotherThreadAreNoTrap) {
  if (!has_onednn()) GTEST_SKIP() << "no oneDNN in this build";
  const api::Tensor input = image(2, 1);
  const BusyThread busy([&] {
    api::Session planning(api::Model(small_config(api::Mode::kOneDnn)), {1});
    planning.run({input});
  });
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(in_child([&] {
                api::Session other(api::Model(small_config(api::Mode::kOneDnn)), {1});
                run(other, input);
              }),
              "");
  }
}

}  // namespace
}  // namespace u2net::engine::test
