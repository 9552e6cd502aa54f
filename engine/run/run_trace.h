// SPDX-License-Identifier: Apache-2.0
// One run of a Plan on the clock of kernels::now_ns().
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/base/work_log.h"

namespace u2net::engine {

struct RunTrace {
  // The steps, once for every part of the batch.
  struct Part {
    // Step i ran from boundaries_ns[i] to boundaries_ns[i + 1].
    std::vector<std::int64_t> boundaries_ns;
    // By worker of the session's pool: when it was at work, and on which step (tag). Nothing for
    // worker 0, the caller, which runs the steps, nor for threads that belong to a library.
    std::vector<std::vector<kernels::WorkLog::Entry>> workers;
  };

  std::int64_t begin_ns = 0, end_ns = 0;
  std::vector<Part> parts;  // one after the other in time

  double ms() const { return static_cast<double>(end_ns - begin_ns) / 1e6; }
  // Of all parts.
  double step_ms(std::size_t step) const {
    std::int64_t ns = 0;
    for (const Part& part : parts) ns += part.boundaries_ns[step + 1] - part.boundaries_ns[step];
    return static_cast<double>(ns) / 1e6;
  }
};

}  // namespace u2net::engine
