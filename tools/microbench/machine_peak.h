// SPDX-License-Identifier: Apache-2.0
// What this machine can do at most, measured: the denominators of a roofline.
#pragma once

namespace u2net::bench {

struct MachinePeak {
  double flops;  // multiplications and additions a second, of the widest vectors that it runs
  double bytes;  // read from memory a second, out of a block much bigger than the caches
};

// Takes about a second. 2 FLOPs an FMA.
MachinePeak measure_peak(int threads);

}  // namespace u2net::bench
