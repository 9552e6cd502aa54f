// SPDX-License-Identifier: Apache-2.0
// Keeps what pictures in work hold together below a bound: a picture waits until there is room for
// it. One that is larger than the bound is alone.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace u2net::cli {

class MemoryGate {
 public:
  explicit MemoryGate(std::int64_t bytes) : bound_(bytes) {}

  // A part of the bound, until it is destroyed.
  class Part {
   public:
    Part(MemoryGate& gate, std::int64_t bytes) : gate_(gate), bytes_(std::min(bytes, gate.bound_)) {
      std::unique_lock lock(gate_.mutex_);
      gate_.freed_.wait(lock, [&] { return gate_.used_ + bytes_ <= gate_.bound_; });
      gate_.used_ += bytes_;
    }
    ~Part() {
      const std::lock_guard lock(gate_.mutex_);
      gate_.used_ -= bytes_;
      gate_.freed_.notify_all();
    }
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;

   private:
    MemoryGate& gate_;
    std::int64_t bytes_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::int64_t bound_, used_ = 0;
};

}  // namespace u2net::cli
