// SPDX-License-Identifier: Apache-2.0
// How long work takes, with its operands in the caches and without.
#pragma once

#include <functional>
#include <vector>

#include "kernels/base/parallel.h"

namespace u2net::bench {

struct TimingOptions {
  double seconds = 0.2;  // of repeating, each for warm and for cold caches; at least one run
  bool cold = true;      // also with cold caches
};

struct Times {
  std::vector<double> ms;  // in the order of the runs

  // Of at least one run.
  double min() const;
  double median() const;
};

// One run after the other.
Times time_warm(const std::function<void()>& run, const TimingOptions& options);

// Everything in the caches of the pool's threads is displaced before each run.
Times time_cold(const std::function<void()>& run, kernels::ThreadPool& pool,
                const TimingOptions& options);

}  // namespace u2net::bench
