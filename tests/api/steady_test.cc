// SPDX-License-Identifier: Apache-2.0
// What a program that runs for months relies on.
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "tests/api/small_model.h"
#include "tests/engine/allocation_counter.h"
#include "tests/support/sanitizer.h"

namespace u2net::engine::test {
namespace {

TEST(ApiSteady, SettingInputsAndRunningAllocateNothing) {
  const api::Tensor a = image(2, 1), b = image(2, 2);
  const api::TensorView first = a, second = b;
  for (api::Mode mode : {api::Mode::kStatic, api::Mode::kInference, api::Mode::kNative}) {
    for (int threads : {1, 2}) {
      api::Session session(api::Model(small_config(mode)), {.threads = threads});
      for (int i = 0; i < 2; ++i) {
        session.set_input("image", first);
        session.run();
      }
      double sum = 0;
      const std::int64_t before = allocations_made();
      for (int i = 0; i < 20; ++i) {
        session.set_input("image", i % 2 ? first : second);
        session.run();
        sum += session.borrow_output("out").data<float>()[5];
      }
      EXPECT_EQ(allocations_made() - before, 0) << api::mode_name(mode) << " " << threads;
      EXPECT_GT(sum, 0);
    }
  }
}

TEST(ApiSteady, BorrowedFramesAllocateNothing) {
  const api::Tensor a = image(1, 1), b = image(1, 2);
  api::TensorView frame = a;
  api::Session session(api::Model(small_config()), {.threads = 2});
  session.borrow_input(0, frame);
  session.run();
  const std::int64_t before = allocations_made();
  for (int i = 0; i < 20; ++i) {
    frame.set_data(i % 2 ? a.data() : b.data());
    session.borrow_input(0, frame);
    session.run();
  }
  EXPECT_EQ(allocations_made() - before, 0);
  EXPECT_EQ(floats(session.borrow_output(0)), expected_output(a, api::Mode::kNative));
}

std::int64_t resident_bytes() {
  long pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%*d %ld", &pages) != 1) pages = -1;
  if (file != nullptr) std::fclose(file);
  return std::int64_t{pages} * ::sysconf(_SC_PAGESIZE);
}

TEST(ApiSteady, TenThousandRunsDoNotGrow) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer keeps what was freed";
  std::vector<api::Tensor> images;
  for (std::int64_t batch : {1, 2, 5}) images.push_back(image(batch, 3));
  const api::Model model(small_config());
  api::Session session(model, {.threads = 2});
  const auto run = [&](int i) {
    const api::Tensor& x = images[static_cast<std::size_t>(i) % images.size()];
    session.set_input(0, x);
    session.run();
    EXPECT_EQ(session.output(0).shape()[0], x.shape()[0]);
    if (i % 100 == 0) session = api::Session(model, {.threads = 2});
  };
  for (int i = 0; i < 1000; ++i) run(i);
  const std::int64_t before = resident_bytes();
  for (int i = 0; i < 10000; ++i) run(i);
  EXPECT_LT(resident_bytes() - before, 1 << 20);
}

// One Model, 8 threads with a Session each, 200 runs of mixed sizes.
TEST(ApiSteady, ThreadsShareAModel) {
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kRuns = 200;
  std::vector<api::Tensor> images;
  for (std::int64_t batch : {1, 2, 3}) images.push_back(image(batch, 4));
  for (api::Mode mode : graph_modes()) {
    const api::Model model(small_config(mode));
    std::vector<std::vector<float>> expected;
    for (const api::Tensor& x : images)
      expected.push_back(floats(api::Session(model, {.threads = 1}).run({x})[0]));
    std::vector<std::size_t> wrong(kThreads);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        api::Session session(model, {.threads = static_cast<int>(t % 2) + 1});
        for (std::size_t i = 0; i < kRuns; ++i) {
          const std::size_t which = (t + i) % images.size();
          session.set_input(0, images[which]);
          session.run();
          if (floats(session.borrow_output(0)) != expected[which]) ++wrong[t];
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<std::size_t>(kThreads)) << api::mode_name(mode);
  }
}

}  // namespace
}  // namespace u2net::engine::test
