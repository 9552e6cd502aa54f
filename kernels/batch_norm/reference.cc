// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "kernels/batch_norm/batch_norm.h"

namespace u2net::kernels {

void batch_norm_reference(const BatchNormParams& p, const BatchNormStatistics& s, const float* src,
                          float* dst, ThreadPool& pool) {
  pool.parallel_for(p.n * p.channels, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      const std::int64_t c = plane % p.channels;
      const float inverse = 1.0F / std::sqrt(s.variance[c] + p.epsilon);
      const float a = inverse * s.scale[c];
      const float b = s.bias[c] - s.mean[c] * a;
      for (std::int64_t i = plane * p.spatial; i < (plane + 1) * p.spatial; ++i)
        dst[i] = src[i] * a + b;
    }
  });
}

}  // namespace u2net::kernels
