// SPDX-License-Identifier: Apache-2.0
// What this machine can do at most, measured: the denominators of a roofline.
#pragma once

#include <cstdint>

#include "engine/plan/precision.h"
#include "kernels/base/element_type.h"

namespace u2net::bench {

// What an instruction set supplies for that.
struct PeakCode {
  double (*multiply_add)(std::int64_t rounds);          // returns the FLOPs that were done
  float (*sum)(const float* data, std::int64_t count);  // count: a multiple of 64
};

// The same of a set that has tiles.
struct TilePeakCode {
  double (*dots)(std::int64_t rounds);  // returns the FLOPs that were done
};

struct MachinePeak {
  double flops;  // multiplications and additions a second, of the widest vectors that it runs
  double bytes;  // read from memory a second, out of a block much bigger than the caches
  // Of tiles, in bfloat16; 0 where they were not asked for or there are none.
  double tile_flops = 0;

  // For kernels that compute in a type; 0 where it was not measured.
  double flops_in(kernels::ElementType element) const {
    return element == kernels::ElementType::kF32 ? flops : tile_flops;
  }
};

// Takes about a second. 2 FLOPs an FMA. Of tiles, emulated ones too, where a precision has native
// kernels make use of them.
MachinePeak measure_peak(int threads, engine::Precision precision = engine::Precision::kF32);

}  // namespace u2net::bench
