// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/in_order.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace u2net::imaging {
namespace {

class Pieces {
 public:
  Pieces(std::size_t count, std::size_t ahead) : count_(count), ahead_(ahead) {}

  // The next piece to make, or count() where there is none.
  std::size_t begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || begun_ == count_ || begun_ < taken_ + ahead_; });
    return stopped_ ? count_ : begun_ == count_ ? count_ : begun_++;
  }
  std::size_t count() const { return count_; }

  void end(std::size_t piece, std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    made_.emplace(piece, std::move(failure));
    changed_.notify_all();
  }

  // Waits for this piece.
  void wait_for(std::size_t piece) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return made_.count(piece) != 0; });
    const std::exception_ptr failure = made_.extract(piece).mapped();
    if (failure) std::rethrow_exception(failure);
  }
  void taken() {
    const std::lock_guard lock(mutex_);
    ++taken_;
    changed_.notify_all();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, std::exception_ptr> made_;
  std::size_t count_, ahead_, begun_ = 0, taken_ = 0;
  bool stopped_ = false;
};

void work(Pieces& pieces, int worker, const std::function<void(std::size_t, int)>& make) {
  for (std::size_t i = pieces.begin(); i != pieces.count(); i = pieces.begin()) {
    std::exception_ptr failure;
    try {
      make(i, worker);
    } catch (...) {
      failure = std::current_exception();
    }
    pieces.end(i, failure);
  }
}

// Ends them whatever happens to the one that takes.
struct Workers {
  Pieces& pieces;
  std::vector<std::thread> threads = {};

  ~Workers() {
    pieces.stop();
    for (std::thread& thread : threads) thread.join();
  }
};

}  // namespace

void in_order(std::size_t count, int threads, std::size_t ahead,
              const std::function<void(std::size_t, int)>& make,
              const std::function<void(std::size_t)>& take) {
  Pieces pieces(count, std::max<std::size_t>(ahead, 1));
  Workers workers{pieces};
  const int wanted =
      static_cast<int>(std::min<std::size_t>(count, static_cast<std::size_t>(threads)));
  try {
    for (int i = 0; i < wanted && wanted > 1; ++i)
      workers.threads.emplace_back([&pieces, &make, i] { work(pieces, i, make); });
  } catch (const std::system_error&) {
    // As many as there are.
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (workers.threads.empty()) {
      make(i, 0);
    } else {
      pieces.wait_for(i);
    }
    take(i);
    pieces.taken();
  }
}

}  // namespace u2net::imaging
