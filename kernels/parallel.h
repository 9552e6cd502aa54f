// SPDX-License-Identifier: Apache-2.0
// The one threading primitive. A ThreadPool of size n is the calling thread and n - 1 sleeping
// workers; parallel_for hands out blocks of an index range to whoever is free. One caller at a time
// (a pool belongs to a Session); how the range is cut never changes what a kernel computes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace u2net {

class ThreadPool {
 public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls body(begin, end) on disjoint blocks that cover [0, count), and returns when all are done.
  // `body` must not throw. Nothing is allocated.
  template <class Body>
  void parallel_for(std::int64_t count, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    run(count, [](void* context, std::int64_t begin, std::int64_t end) {
      (*static_cast<Plain*>(context))(begin, end);
    }, const_cast<void*>(static_cast<const void*>(&body)));
  }

 private:
  using BlockFunction = void (*)(void* context, std::int64_t begin, std::int64_t end);
  struct Job;

  void run(std::int64_t count, BlockFunction function, void* context);
  void work();
  void join();

  std::mutex mutex_;
  std::condition_variable start_;
  std::condition_variable done_;
  Job* job_ = nullptr;          // guarded by mutex_
  std::uint64_t generation_ = 0;  // guarded by mutex_
  int active_ = 0;              // workers inside the current job; guarded by mutex_
  bool stop_ = false;           // guarded by mutex_
  std::vector<std::thread> workers_;
};

// The number of processors that this process may use (its affinity mask), at least 1.
int allowed_processors();

}  // namespace u2net
