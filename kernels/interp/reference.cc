// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/interp/interp.h"

namespace u2net::kernels {
namespace {

// The two source samples of one output coordinate and their weights.
struct Taps {
  std::int64_t lo, hi;
  float weight_lo, weight_hi;
};

float half_pixel_coordinate(std::int64_t k, float ratio, bool in_double) {
  if (in_double) {
    return static_cast<float>(static_cast<double>(ratio) * (static_cast<double>(k) + 0.5) - 0.5);
  }
  return ratio * (static_cast<float>(k) + 0.5F) - 0.5F;
}

// The sample at or before coordinate s >= 0. A given scale that disagrees with the sizes can point
// past the end, even to infinity or NaN: stay inside.
std::int64_t sample_at(float s, std::int64_t in) {
  if (!(s < static_cast<float>(in - 1))) return in - 1;
  return std::min(static_cast<std::int64_t>(s), in - 1);
}

Taps bilinear_taps(const InterpParams& p, std::int64_t k, std::int64_t in, float ratio) {
  const float s = std::max(p.half_pixel ? half_pixel_coordinate(k, ratio, p.double_coordinates)
                                        : ratio * static_cast<float>(k), 0.0F);
  const std::int64_t lo = sample_at(s, in);
  const float weight_hi = s - static_cast<float>(lo);
  return {lo, std::min(lo + 1, in - 1), 1.0F - weight_hi, weight_hi};
}

std::int64_t nearest_source(std::int64_t k, std::int64_t in, float ratio, bool align_corners) {
  return sample_at(ratio * static_cast<float>(k) + (align_corners ? 0.5F : 0.0F), in);
}

void bilinear_row(const InterpParams& p, const float* plane, std::int64_t oh, float* dst) {
  const Taps y = bilinear_taps(p, oh, p.ih, p.ratio_h);
  const float* top = plane + y.lo * p.iw;
  const float* bottom = plane + y.hi * p.iw;
  for (std::int64_t ow = 0; ow < p.ow; ++ow) {
    const Taps x = bilinear_taps(p, ow, p.iw, p.ratio_w);
    dst[ow] = top[x.lo] * y.weight_lo * x.weight_lo + bottom[x.lo] * y.weight_hi * x.weight_lo +
              top[x.hi] * y.weight_lo * x.weight_hi + bottom[x.hi] * y.weight_hi * x.weight_hi;
  }
}

void nearest_row(const InterpParams& p, const float* plane, std::int64_t oh, float* dst) {
  const float* row = plane + nearest_source(oh, p.ih, p.ratio_h, p.align_corners) * p.iw;
  for (std::int64_t ow = 0; ow < p.ow; ++ow) {
    dst[ow] = row[nearest_source(ow, p.iw, p.ratio_w, p.align_corners)];
  }
}

}  // namespace

void interp_reference(const InterpParams& p, const float* src, float* dst, ThreadPool& pool) {
  if (p.ih == p.oh && p.iw == p.ow) {  // a plain copy in every mode
    std::copy_n(src, p.planes * p.ih * p.iw, dst);
    return;
  }
  pool.parallel_for(p.planes * p.oh, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) {
      const float* plane = src + index / p.oh * p.ih * p.iw;
      float* row = dst + index * p.ow;
      if (p.kind == InterpKind::kBilinear) {
        bilinear_row(p, plane, index % p.oh, row);
      } else {
        nearest_row(p, plane, index % p.oh, row);
      }
    }
  });
}

}  // namespace u2net::kernels
