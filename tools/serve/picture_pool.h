// SPDX-License-Identifier: Apache-2.0
// The threads that pictures are worked on, each with a Session of its own, and the bounded queue in
// front of them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "models/picture/picture_network.h"
#include "tools/cli/stopwatch.h"

namespace u2net::serve {
using namespace engine;

class PicturePool {
 public:
  // Throws nothing. `queue_ms`: how long it waited.
  using Task = std::function<void(PictureNetwork& network, double queue_ms)>;

  // A thread a network. At most `queue` tasks wait.
  PicturePool(std::vector<std::unique_ptr<PictureNetwork>> networks, std::size_t queue);
  ~PicturePool() { finish(); }

  // Returns when all that was taken is done and the threads have ended.
  void finish();

  // False where the queue is full.
  bool offer(Task task);
  bool is_full() const;

  std::size_t workers() const { return networks_.size(); }
  std::size_t queue_limit() const { return queue_; }
  std::size_t waiting() const;
  std::size_t busy() const;

 private:
  struct Waiting {
    Task task;
    cli::Stopwatch watch;
  };
  // A worker that has nothing to do takes from the queue at once, so it is one place more.
  bool is_full_now() const { return tasks_.size() + busy_ >= queue_ + networks_.size(); }
  void work(PictureNetwork& network);

  std::vector<std::unique_ptr<PictureNetwork>> networks_;
  std::size_t queue_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> tasks_;
  std::size_t busy_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace u2net::serve
