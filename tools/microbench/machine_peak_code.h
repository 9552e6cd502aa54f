// SPDX-License-Identifier: Apache-2.0
// What the files that are compiled for one instruction set contribute.
#pragma once

#include <cstdint>

namespace u2net::bench {

struct PeakCode {
  double (*multiply_add)(std::int64_t rounds);          // returns the FLOPs that were done
  float (*sum)(const float* data, std::int64_t count);  // count: a multiple of 64
};

extern const PeakCode peak_code_portable;
#ifdef U2NET_X86
extern const PeakCode peak_code_avx2, peak_code_avx512;
#endif

}  // namespace u2net::bench
