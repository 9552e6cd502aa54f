// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "kernels/base/parallel.h"

namespace u2net::kernels {
namespace {

class ThreadPoolTest : public testing::TestWithParam<int> {};

TEST_P(ThreadPoolTest, HasTheThreadsAskedFor) {
  EXPECT_EQ(ThreadPool(GetParam()).threads(), GetParam());
}

TEST_P(ThreadPoolTest, CoversEveryIndexOnce) {
  ThreadPool pool(GetParam());
  for (std::int64_t count : {1, 2, 3, 7, 19, 20, 21, 64, 1000, 12345}) {
    std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
    std::atomic<int> bad_ranges = 0;
    pool.parallel_for(count, [&](std::int64_t begin, std::int64_t end) {
      if (begin < 0 || begin >= end || end > count) {
        ++bad_ranges;
        return;
      }
      for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
    });
    EXPECT_EQ(bad_ranges, 0) << count;
    for (std::size_t i = 0; i < visits.size(); ++i) ASSERT_EQ(visits[i], 1) << i << " of " << count;
  }
}

TEST_P(ThreadPoolTest, DoesNothingForNothing) {
  ThreadPool pool(GetParam());
  std::atomic<int> calls = 0;
  for (std::int64_t count : {0, -1, -1000}) {
    pool.parallel_for(count, [&](std::int64_t, std::int64_t) { ++calls; });
  }
  EXPECT_EQ(calls, 0);
}

TEST_P(ThreadPoolTest, RunsASingleIndexInTheCallingThread) {
  ThreadPool pool(GetParam());
  std::vector<std::thread::id> threads;
  pool.parallel_for(1, [&](std::int64_t begin, std::int64_t end) {
    EXPECT_EQ(begin, 0);
    EXPECT_EQ(end, 1);
    threads.push_back(std::this_thread::get_id());
  });
  EXPECT_EQ(threads, std::vector{std::this_thread::get_id()});
}

// Jobs that end before every worker is awake: where a late worker could meet the next job.
TEST_P(ThreadPoolTest, SurvivesManySmallJobs) {
  ThreadPool pool(GetParam());
  for (int job = 0; job < 5000; ++job) {
    const std::int64_t count = job % 7 + 1;
    std::atomic<std::int64_t> sum = 0;
    pool.parallel_for(count, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) sum += i + 1;
    });
    ASSERT_EQ(sum, count * (count + 1) / 2) << "job " << job;
  }
}

TEST_P(ThreadPoolTest, WritesAreVisibleAfterwards) {
  ThreadPool pool(GetParam());
  std::vector<int> values(1000, 0);
  for (int round = 1; round <= 100; ++round) {
    pool.parallel_for(1000, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) ++values[static_cast<std::size_t>(i)];
    });
    ASSERT_EQ(values, std::vector<int>(1000, round));
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolTest, testing::Range(1, 6));

TEST(ThreadPools, WorkSideBySide) {
  std::vector<std::thread> callers;
  std::vector<std::int64_t> totals(4, 0);
  for (std::size_t caller = 0; caller < totals.size(); ++caller) {
    callers.emplace_back([&, caller] {
      ThreadPool pool(static_cast<int>(caller) + 1);
      for (int job = 0; job < 500; ++job) {
        std::atomic<std::int64_t> sum = 0;
        pool.parallel_for(100, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) sum += i;
        });
        totals[caller] += sum;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(totals, std::vector<std::int64_t>(4, 500 * 4950));
}

TEST(ThreadPools, ComeAndGo) {
  std::atomic<int> sum = 0;
  for (int i = 0; i < 200; ++i) {
    ThreadPool pool(3);
    if (i % 2 == 0)
      pool.parallel_for(
          3, [&](std::int64_t begin, std::int64_t end) { sum += static_cast<int>(end - begin); });
  }
  EXPECT_EQ(sum, 300);
}

// Of every job in which a worker did something, while it ran; nothing of the caller.
TEST(ThreadPools, LogWhenWorkersWork) {
  ThreadPool pool(3);
  WorkLog log(pool.threads(), 1000);
  pool.set_log(&log);
  std::vector<std::int64_t> bounds = {now_ns()};
  std::vector<std::atomic<int>> took_part(100);
  for (int job = 0; job < 100; ++job) {
    log.set_tag(job);
    pool.for_each_task(50, [&](std::int64_t, int worker) {
      if (worker != 0) took_part[static_cast<std::size_t>(job)] |= 1 << worker;
    });
    bounds.push_back(now_ns());
  }
  pool.set_log(nullptr);
  pool.for_each_task(50, [](std::int64_t, int) {});
  EXPECT_TRUE(log.entries(0).empty());
  for (int worker = 1; worker < 3; ++worker) {
    std::vector<int> jobs;
    for (const WorkLog::Entry& entry : log.entries(worker)) {
      jobs.push_back(entry.tag);
      const auto job = static_cast<std::size_t>(entry.tag);
      EXPECT_TRUE(took_part[job] & (1 << worker));
      EXPECT_LE(bounds[job], entry.begin_ns);
      EXPECT_LE(entry.begin_ns, entry.end_ns);
      EXPECT_LE(entry.end_ns, bounds[job + 1]);
    }
    std::vector<int> expected;
    for (int job = 0; job < 100; ++job) {
      if (took_part[static_cast<std::size_t>(job)] & (1 << worker)) expected.push_back(job);
    }
    EXPECT_EQ(jobs, expected);
  }
}

TEST(WorkLogTest, MakesTheLastEntryLongerWhenItIsFull) {
  WorkLog log(2, 2);
  log.add(1, 10, 20);
  log.set_tag(7);
  log.add(1, 30, 40);
  log.add(1, 50, 60);
  ASSERT_EQ(log.entries(1).size(), 2u);
  EXPECT_EQ(log.entries(1)[0].tag, 0);
  EXPECT_EQ(log.entries(1)[1].tag, 7);
  EXPECT_EQ(log.entries(1)[1].begin_ns, 30);
  EXPECT_EQ(log.entries(1)[1].end_ns, 60);
}

}  // namespace
}  // namespace u2net::kernels
