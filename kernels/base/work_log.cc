// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/work_log.h"

#include <algorithm>
#include <chrono>

namespace u2net::kernels {

std::int64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

WorkLog::WorkLog(int workers, std::size_t capacity)
    : lanes_(static_cast<std::size_t>(workers)), capacity_(std::max<std::size_t>(capacity, 1)) {
  for (Lane& lane : lanes_) lane.entries.reserve(capacity_);
}

void WorkLog::add(int worker, std::int64_t begin_ns, std::int64_t end_ns) {
  std::vector<Entry>& entries = lanes_[static_cast<std::size_t>(worker)].entries;
  if (entries.size() == capacity_) {
    entries.back().end_ns = end_ns;
  } else {
    entries.push_back({begin_ns, end_ns, tag_});
  }
}

}  // namespace u2net::kernels
