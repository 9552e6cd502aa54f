// SPDX-License-Identifier: Apache-2.0
// fork(): pools go on in the child, locks are free there. And threads that cannot be started.
#include "kernels/base/fork.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "kernels/base/parallel.h"
#include "tests/support/child_process.h"
#include "tests/support/sanitizer.h"

namespace {

std::atomic<int> threads_left{-1};  // that can be started; -1: any number

}  // namespace

// The kernels' calls of pthread_create come here (tests/CMakeLists.txt).
extern "C" int __real_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
extern "C" int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                     void* (*run)(void*), void* argument) {
  if (threads_left == 0) return EAGAIN;
  if (threads_left > 0) --threads_left;
  return __real_pthread_create(thread, attributes, run, argument);
}

namespace u2net::kernels {
namespace {

std::int64_t sum_below(ThreadPool& pool, std::int64_t count) {
  std::atomic<std::int64_t> sum = 0;
  pool.for_each_task(count, [&](std::int64_t task, int) { sum += task; });
  return sum;
}

class Forking : public testing::Test {
 protected:
  void SetUp() override {
    if (engine::test::kSanitized) GTEST_SKIP() << "sanitizers keep locks that others had at a fork";
  }
};

TEST_F(Forking, APoolStartsOtherWorkersInTheChild) {
  for (int threads : {1, 2, 5}) {
    auto pool = std::make_unique<ThreadPool>(threads);
    EXPECT_EQ(sum_below(*pool, 100), 4950);
    EXPECT_EQ(engine::test::in_child([&] {
                EXPECT_EQ(pool->threads(), threads);
                for (int i = 0; i < 100; ++i) EXPECT_EQ(sum_below(*pool, 100), 4950);
                pool.reset();
                ThreadPool other(threads);
                EXPECT_EQ(sum_below(other, 100), 4950);
              }),
              "");
    EXPECT_EQ(sum_below(*pool, 100), 4950);
  }
}

// Before anything is done, and a kernel on the way that an exception could not pass.
TEST_F(Forking, WorkersThatCannotBeStartedAreSaidBeforeAJob) {
  ThreadPool pool(3);
  EXPECT_EQ(engine::test::in_child([&] {
              threads_left = 1;
              EXPECT_THROW(pool.be_ready(), std::system_error);
              threads_left = -1;
              pool.be_ready();
              pool.be_ready();
              EXPECT_EQ(sum_below(pool, 100), 4950);
            }),
            "");
}

TEST_F(Forking, APoolMayBeDestroyedInTheChildWithoutAJob) {
  auto pool = std::make_unique<ThreadPool>(4);
  EXPECT_EQ(engine::test::in_child([&] { pool.reset(); }), "");
}

TEST_F(Forking, WorkersTakePartInTheGrandchild) {
  ThreadPool pool(3);
  EXPECT_EQ(engine::test::in_child([&] {
              EXPECT_EQ(sum_below(pool, 100), 4950);
              EXPECT_EQ(engine::test::in_child([&] {
                          std::atomic<int> inside = 0;  // both at once: more than one thread
                          pool.for_each_task(2, [&](std::int64_t, int) {
                            ++inside;
                            while (inside < 2) std::this_thread::yield();
                          });
                        }),
                        "");
            }),
            "");
}

// Another thread is in the middle of a job.
TEST_F(Forking, AtAnyMomentOfAJob) {
  ThreadPool pool(3);
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    while (!stop) sum_below(pool, 50);
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(engine::test::in_child([&] {
                EXPECT_EQ(sum_below(pool, 100), 4950);
                pool.~ThreadPool();
              }),
              "");
  }
  stop = true;
  busy.join();
  EXPECT_EQ(sum_below(pool, 100), 4950);
}

TEST_F(Forking, NoLockIsHeldInTheChild) {
  ForkMutex outer;
  auto inner = std::make_unique<ForkMutex>();
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> a = 0, b = 0;  // equal where no lock is held
  std::thread busy([&] {
    while (!stop) {
      const std::lock_guard first(outer);
      ++a;
      const std::lock_guard second(*inner);
      ForkMutex short_lived;
      ++b;
    }
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(engine::test::in_child([&] {
                EXPECT_TRUE(outer.try_lock());
                EXPECT_TRUE(inner->try_lock());
                EXPECT_EQ(a, b);
                inner->unlock();
                inner.reset();
              }),
              "");
  }
  stop = true;
  busy.join();
  EXPECT_TRUE(outer.try_lock());
  outer.unlock();
}

TEST_F(Forking, GenerationsAreCounted) {
  const std::uint32_t here = fork_generation();
  EXPECT_EQ(engine::test::in_child([&] {
              EXPECT_EQ(fork_generation(), here + 1);
              EXPECT_EQ(engine::test::in_child([&] { EXPECT_EQ(fork_generation(), here + 2); }),
                        "");
              EXPECT_EQ(fork_generation(), here + 1);
            }),
            "");
  EXPECT_EQ(fork_generation(), here);
}

TEST(ThreadsThatCannotBeStarted, AreAnErrorOfThePool) {
  for (int left : {0, 1, 2}) {
    threads_left = left;
    try {
      ThreadPool pool(4);
      ADD_FAILURE() << left;
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), std::errc::resource_unavailable_try_again);
      EXPECT_NE(std::string(e.what()).find("thread " + std::to_string(left + 2) + " of 4"),
                std::string::npos)
          << e.what();
    }
    threads_left = -1;
  }
  ThreadPool pool(4);
  EXPECT_EQ(sum_below(pool, 100), 4950);
}

TEST_F(Forking, ThreadsThatCannotBeStartedInTheChildAreAnErrorOfTheJob) {
  ThreadPool pool(4);
  EXPECT_EQ(engine::test::in_child([&] {
              threads_left = 1;
              int calls = 0;
              EXPECT_THROW(pool.for_each_task(9, [&](std::int64_t, int) { ++calls; }),
                           std::system_error);
              EXPECT_THROW(sum_below(pool, 9), std::system_error);
              EXPECT_EQ(calls, 0);
              threads_left = -1;
              EXPECT_EQ(sum_below(pool, 100), 4950);  // once there are threads again
              threads_left = 0;
            }),
            "");
}

}  // namespace
}  // namespace u2net::kernels
