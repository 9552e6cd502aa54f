// SPDX-License-Identifier: Apache-2.0
// When the workers of a ThreadPool were at work, for profiles. Each worker writes entries of its
// own, so that writing takes no lock; they are read when no job runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace u2net::kernels {

// Nanoseconds of std::chrono::steady_clock.
std::int64_t now_ns();

class WorkLog {
 public:
  struct Entry {
    std::int64_t begin_ns = 0, end_ns = 0;
    int tag = 0;
  };

  // Keeps `capacity` entries a worker: what comes then makes the last one longer.
  WorkLog(int workers, std::size_t capacity);

  // What the jobs that follow belong to. Between jobs.
  void set_tag(int tag) { tag_ = tag; }
  void add(int worker, std::int64_t begin_ns, std::int64_t end_ns);

  int workers() const { return static_cast<int>(lanes_.size()); }
  std::span<const Entry> entries(int worker) const {
    return lanes_[static_cast<std::size_t>(worker)].entries;
  }

 private:
  struct alignas(64) Lane {
    std::vector<Entry> entries;
  };

  std::vector<Lane> lanes_;
  std::size_t capacity_;
  int tag_ = 0;
};

}  // namespace u2net::kernels
