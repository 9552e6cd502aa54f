// SPDX-License-Identifier: Apache-2.0
#include "kernels/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>

namespace u2net {

struct ThreadPool::Job {
  std::int64_t count;
  std::int64_t block;
  BlockFunction function;
  void* context;
  std::atomic<std::int64_t> next{0};

  void take_blocks() {
    for (;;) {
      const std::int64_t begin = next.fetch_add(block, std::memory_order_relaxed);
      if (begin >= count) return;
      function(context, begin, std::min(begin + block, count));
    }
  }
};

ThreadPool::ThreadPool(int threads) {
  try {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
  } catch (...) {  // the system has no more threads: those that run must be ended first
    join();
    throw;
  }
}

ThreadPool::~ThreadPool() { join(); }

void ThreadPool::join() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  start_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(std::int64_t count, BlockFunction function, void* context) {
  if (count <= 0) return;
  if (workers_.empty() || count == 1) {
    function(context, 0, count);
    return;
  }
  // Four blocks a thread: enough to even out a stolen core, few enough to keep the counter cold.
  const std::int64_t blocks = static_cast<std::int64_t>(threads()) * 4;
  Job job{count, std::max<std::int64_t>(1, (count + blocks - 1) / blocks), function, context};
  {
    std::lock_guard lock(mutex_);
    job_ = &job;
    ++generation_;
  }
  start_.notify_all();
  job.take_blocks();
  std::unique_lock lock(mutex_);
  job_ = nullptr;  // a worker that wakes up only now has nothing left to take
  done_.wait(lock, [this] { return active_ == 0; });
}

void ThreadPool::work() {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    start_.wait(lock, [&] { return stop_ || (job_ != nullptr && generation_ != seen); });
    if (stop_) return;
    seen = generation_;
    Job* job = job_;
    ++active_;
    lock.unlock();
    job->take_blocks();
    lock.lock();
    if (--active_ == 0) done_.notify_one();
  }
}

int allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace u2net
