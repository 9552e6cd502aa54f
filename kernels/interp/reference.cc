// SPDX-License-Identifier: Apache-2.0
#include "kernels/interp/interp.h"
#include "kernels/interp/taps.h"

namespace u2net::kernels {

void interp_reference(const InterpParams& p, const float* src, float* dst, ThreadPool& pool) {
  const bool moves = interp_only_moves(p);
  pool.parallel_for(p.planes * p.oh, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) {
      const float* plane = src + index / p.oh * p.ih * p.iw;
      const InterpTap y = interp_row(p, index % p.oh);
      const float* top = plane + y.lo * p.iw;
      const float* bottom = plane + y.hi * p.iw;
      float* out = dst + index * p.ow;
      for (std::int64_t ow = 0; ow < p.ow; ++ow) {
        const InterpTap x = interp_column(p, ow);
        out[ow] = moves ? top[x.lo]
                        : top[x.lo] * y.weight_lo * x.weight_lo +
                              bottom[x.lo] * y.weight_hi * x.weight_lo +
                              top[x.hi] * y.weight_lo * x.weight_hi +
                              bottom[x.hi] * y.weight_hi * x.weight_hi;
      }
    }
  });
}

}  // namespace u2net::kernels
