// SPDX-License-Identifier: Apache-2.0
#include "kernels/pool2d/indexed.h"

#include <algorithm>
#include <limits>

namespace u2net::kernels {

void max_pool2d_indexed_reference(const Pool2dParams& p, const float* src, float* dst,
                                  std::int32_t* indices, ThreadPool& pool) {
  pool.parallel_for(p.planes * p.oh, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float* plane = src + row / p.oh * p.ih * p.iw;
      const PoolWindow h =
          pool_window(row % p.oh, p.ih, p.oh, p.kh, p.stride_h, p.pad_top, p.adaptive);
      for (std::int64_t ow = 0; ow < p.ow; ++ow) {
        const PoolWindow w = pool_window(ow, p.iw, p.ow, p.kw, p.stride_w, p.pad_left, p.adaptive);
        float best = -std::numeric_limits<float>::max();
        std::int64_t at = -1;
        for (std::int64_t y = h.begin; y < h.end; ++y) {
          for (std::int64_t x = w.begin; x < w.end; ++x) {
            const float value = plane[y * p.iw + x];
            if (value > best) best = value, at = y * p.iw + x;
          }
        }
        dst[row * p.ow + ow] = best;
        if (indices) indices[row * p.ow + ow] = static_cast<std::int32_t>(at);
      }
    }
  });
}

template <class Index>
void unpool_reference(std::int64_t planes, std::int64_t count, std::int64_t size, const float* src,
                      const Index* indices, float* dst, ThreadPool& pool) {
  pool.parallel_for(planes, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      float* out = dst + plane * size;
      std::fill_n(out, size, 0.0F);
      for (std::int64_t i = plane * count; i < (plane + 1) * count; ++i) {
        const auto at = static_cast<std::int64_t>(indices[i]);
        if (at >= 0 && at < size) out[at] = src[i];
      }
    }
  });
}

template void unpool_reference(std::int64_t, std::int64_t, std::int64_t, const float*,
                               const std::int32_t*, float*, ThreadPool&);
template void unpool_reference(std::int64_t, std::int64_t, std::int64_t, const float*,
                               const std::int64_t*, float*, ThreadPool&);

}  // namespace u2net::kernels
