// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace u2net::cli {

// Milliseconds since its making or the last lap().
class Stopwatch {
 public:
  double lap() {
    const Clock::time_point now = Clock::now();
    const double ms = std::chrono::duration<double, std::milli>(now - start_).count();
    start_ = now;
    return ms;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace u2net::cli
