// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/node_timing.h"

#include <algorithm>
#include <cstddef>

#include "kernels/base/cpu.h"
#include "kernels/base/work_log.h"

namespace u2net::bench {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kLeastBytes = std::size_t{32} << 20;
// Machines report the last level of all cores together; one core fills less.
constexpr std::size_t kMostBytes = std::size_t{128} << 20;

double timed_ms(const std::function<void()>& run) {
  const std::int64_t begin = kernels::now_ns();
  run();
  return static_cast<double>(kernels::now_ns() - begin) / 1e6;
}

// Writes to every line of a block that is larger than the last level. Each thread goes over all of
// it: each has caches of its own.
class CacheFlusher {
 public:
  explicit CacheFlusher(kernels::ThreadPool& pool)
      : pool_(pool), block_(std::clamp(2 * kernels::cache_sizes().l3, kLeastBytes, kMostBytes)) {}

  void flush() {
    const std::int64_t parts = pool_.threads();
    for (std::int64_t turn = 0; turn < parts; ++turn) {
      pool_.for_each_task(parts, [&](std::int64_t part, int) { write((part + turn) % parts); });
    }
  }

 private:
  void write(std::int64_t part) {
    const std::size_t share = block_.size() / static_cast<std::size_t>(pool_.threads());
    std::byte* begin = block_.data() + static_cast<std::size_t>(part) * share;
    for (std::size_t i = 0; i < share; i += kLine) begin[i] ^= std::byte{1};
  }

  kernels::ThreadPool& pool_;
  std::vector<std::byte> block_;
};

}  // namespace

double Times::min() const { return *std::min_element(ms.begin(), ms.end()); }

double Times::median() const {
  std::vector<double> sorted = ms;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

Times time_warm(const std::function<void()>& run, const TimingOptions& options) {
  Times times;
  const std::int64_t end = kernels::now_ns() + static_cast<std::int64_t>(options.seconds * 1e9);
  do {
    times.ms.push_back(timed_ms(run));
  } while (kernels::now_ns() < end);
  return times;
}

Times time_cold(const std::function<void()>& run, kernels::ThreadPool& pool,
                const TimingOptions& options) {
  CacheFlusher flusher(pool);
  Times times;
  const std::int64_t end = kernels::now_ns() + static_cast<std::int64_t>(options.seconds * 1e9);
  do {
    flusher.flush();
    times.ms.push_back(timed_ms(run));
  } while (kernels::now_ns() < end);
  return times;
}

}  // namespace u2net::bench
