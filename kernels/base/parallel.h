// SPDX-License-Identifier: Apache-2.0
// The one threading primitive. A ThreadPool of size n is the calling thread and n - 1 workers;
// whoever is free takes the next block of an index range. One caller at a time (a pool belongs to a
// Session); how the range is cut never changes what a kernel computes. After a job the workers look
// out for the next one for some tens of microseconds, then they sleep. Everything runs in the
// floating-point environment of kernels (float_scope.h), on the caller as on the workers.
//
// In a child of fork() the workers are gone: the first job there starts others.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "kernels/base/processors.h"
#include "kernels/base/work_log.h"

namespace u2net::kernels {

class ThreadPool {
 public:
  // Throws std::system_error where the system has no more threads; so does a job after a fork,
  // before anything of it is done.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Starts the workers that a fork has left behind. What calls kernels does this first: a job would
  // throw where the system has no more threads, and native kernels let nothing through.
  void be_ready();

  // Where the workers (not the caller) note when they were at work on jobs; null for nowhere. Not
  // while a job runs.
  void set_log(WorkLog* log) { log_ = log; }

  // Calls body(begin, end) on disjoint blocks that cover [0, count), and returns when all are done.
  // `body` must not throw. Nothing is allocated.
  template <class Body>
  void parallel_for(std::int64_t count, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    run(
        count, even_block(count),
        [](void* context, std::int64_t begin, std::int64_t end, int) {
          (*static_cast<Plain*>(context))(begin, end);
        },
        const_cast<void*>(static_cast<const void*>(&body)));
  }

  // Calls body(task, worker) for every task of [0, count), one at a time to whoever is free.
  // `worker` is below threads() and tells those apart that run at the same time: for scratch
  // memory.
  template <class Body>
  void for_each_task(std::int64_t count, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    run(
        count, 1,
        [](void* context, std::int64_t begin, std::int64_t end, int worker) {
          for (std::int64_t task = begin; task < end; ++task)
            (*static_cast<Plain*>(context))(task, worker);
        },
        const_cast<void*>(static_cast<const void*>(&body)));
  }

 private:
  using BlockFunction = void (*)(void* context, std::int64_t begin, std::int64_t end, int worker);

  // Not a std::thread: that one of a thread which a fork has left behind can never be destroyed.
  struct Worker {
    ThreadPool* pool;
    int index;
    pthread_t thread;
  };

  std::int64_t even_block(std::int64_t count) const;
  void run(std::int64_t count, std::int64_t block, BlockFunction function, void* context);
  bool take_blocks(int worker);  // whether there were any
  void take_blocks_logged(int worker);
  void work(int worker);
  bool join_job();
  void start();
  void stop();

  // The job: written by the caller while the door is shut and nobody is inside.
  std::int64_t count_ = 0, block_ = 1;
  BlockFunction function_ = nullptr;
  void* context_ = nullptr;
  WorkLog* log_ = nullptr;
  alignas(64) std::atomic<std::int64_t> next_{0};
  // How many workers are inside of the job, and kShut once no more may enter.
  alignas(64) std::atomic<std::uint32_t> inside_;
  alignas(64) std::atomic<std::uint32_t> generation_{0};  // moves on with every job
  std::atomic<bool> stop_{false};
  std::vector<Worker> workers_;
  std::size_t running_ = 0;    // of the workers
  std::uint32_t process_ = 0;  // the fork_generation() in which they run
};

}  // namespace u2net::kernels
