// SPDX-License-Identifier: Apache-2.0
// What this machine can do at most, measured: the denominators of a roofline.
#pragma once

#include <cstdint>

namespace u2net::bench {

// What an instruction set supplies for that.
struct PeakCode {
  double (*multiply_add)(std::int64_t rounds);          // returns the FLOPs that were done
  float (*sum)(const float* data, std::int64_t count);  // count: a multiple of 64
};

struct MachinePeak {
  double flops;  // multiplications and additions a second, of the widest vectors that it runs
  double bytes;  // read from memory a second, out of a block much bigger than the caches
};

// Takes about a second. 2 FLOPs an FMA.
MachinePeak measure_peak(int threads);

}  // namespace u2net::bench
