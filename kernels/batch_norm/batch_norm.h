// SPDX-License-Identifier: Apache-2.0
// Batch normalisation with given statistics, in Paddle's order of operations (all float32):
//   a = scale / sqrt(variance + epsilon);  b = bias - mean * a;  dst = src * a + b
// src and dst are [n][channels][spatial] and may be the same memory.
#pragma once

#include <cstdint>

#include "kernels/base/parallel.h"

namespace u2net::kernels {

struct BatchNormParams {
  std::int64_t n, channels, spatial;
  float epsilon;
};

struct BatchNormStatistics {  // [channels] each
  const float* scale;
  const float* bias;
  const float* mean;
  const float* variance;
};

void batch_norm_reference(const BatchNormParams& p, const BatchNormStatistics& s, const float* src,
                          float* dst, ThreadPool& pool);

}  // namespace u2net::kernels
