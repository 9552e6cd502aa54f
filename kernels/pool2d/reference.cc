// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "kernels/pool2d/pool2d.h"

namespace u2net::kernels {
namespace {

float pool_one(const Pool2dParams& p, const float* src, const PoolWindow& h, const PoolWindow& w) {
  if (p.kind == PoolKind::kMax) {
    float best = -std::numeric_limits<float>::max();
    for (std::int64_t y = h.begin; y < h.end; ++y) {
      for (std::int64_t x = w.begin; x < w.end; ++x) {
        const float value = src[y * p.iw + x];
        best = best > value ? best : value;  // a NaN survives only as the last sample, as in Paddle
      }
    }
    return best;
  }
  float sum = 0.0F;
  for (std::int64_t y = h.begin; y < h.end; ++y) {
    for (std::int64_t x = w.begin; x < w.end; ++x) sum += src[y * p.iw + x];
  }
  const std::int64_t area = p.exclusive || p.adaptive ? (h.end - h.begin) * (w.end - w.begin)
                                                      : h.padded_length * w.padded_length;
  return sum / static_cast<float>(area);
}

}  // namespace

PoolWindow pool_window(std::int64_t out_index, std::int64_t in, std::int64_t out,
                       std::int64_t kernel, std::int64_t stride, std::int64_t pad, bool adaptive) {
  if (adaptive) {
    const std::int64_t begin = out_index * in / out;
    const std::int64_t end = ((out_index + 1) * in + out - 1) / out;
    return {begin, end, end - begin};
  }
  const std::int64_t begin = out_index * stride - pad;
  const std::int64_t end = std::min(begin + kernel, in + pad);
  return {std::max<std::int64_t>(begin, 0), std::min(end, in), end - begin};
}

void pool2d_reference(const Pool2dParams& p, const float* src, float* dst, ThreadPool& pool) {
  pool.parallel_for(p.planes * p.oh, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) {
      const float* plane = src + index / p.oh * p.ih * p.iw;
      const PoolWindow h =
          pool_window(index % p.oh, p.ih, p.oh, p.kh, p.stride_h, p.pad_top, p.adaptive);
      for (std::int64_t ow = 0; ow < p.ow; ++ow) {
        const PoolWindow w = pool_window(ow, p.iw, p.ow, p.kw, p.stride_w, p.pad_left, p.adaptive);
        dst[index * p.ow + ow] = pool_one(p, plane, h, w);
      }
    }
  });
}

}  // namespace u2net::kernels
