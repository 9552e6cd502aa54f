// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "kernels/grid_sample/grid_sample.h"

namespace u2net::kernels {
namespace {

// Mirrored at 0 and `most` (align_corners), or at -1/2 and most + 1/2.
float reflected(float s, float most, bool align_corners) {
  const float range = align_corners ? most * 2 : (most + 1) * 2;
  if (range <= 0) return 0;
  const float from_edge = std::fabs(align_corners ? s : s + 0.5F);
  const float folded = from_edge - std::floor(from_edge / range) * range;
  const float inside = std::min(folded, range - folded);
  return align_corners ? inside : std::min(std::max(inside - 0.5F, 0.0F), most);
}

float coordinate(const GridSampleParams& p, float g, std::int64_t size) {
  const auto most = static_cast<float>(size - 1);
  float s = p.align_corners ? (g + 1) * (most * 0.5F) : (g + 1) * ((most + 1) * 0.5F) - 0.5F;
  if (p.padding == GridPadding::kReflection) s = reflected(s, most, p.align_corners);
  if (p.padding != GridPadding::kZeros) s = std::min(std::max(s, 0.0F), most);
  // Further out there is nothing either; and integers hold it. A NaN goes there, too.
  constexpr float kFar = 1 << 23;
  return s > -kFar ? std::min(s, kFar) : -kFar;
}

// Where a result comes from: four pixels, or the first of them alone.
struct Place {
  std::int64_t offset[4];  // -1: outside
  float weight[4];
};

Place place_of(const GridSampleParams& p, float gx, float gy) {
  const float x = coordinate(p, gx, p.iw), y = coordinate(p, gy, p.ih);
  const auto offset = [&](float column, float row) -> std::int64_t {
    const auto i = static_cast<std::int64_t>(column), j = static_cast<std::int64_t>(row);
    return i >= 0 && i < p.iw && j >= 0 && j < p.ih ? j * p.iw + i : -1;
  };
  if (p.nearest) return {{offset(std::nearbyint(x), std::nearbyint(y)), -1, -1, -1}, {1, 0, 0, 0}};
  const float left = std::floor(x), top = std::floor(y);
  const float east = x - left, south = y - top, west = 1 - east, north = 1 - south;
  return {
      {offset(left, top), offset(left + 1, top), offset(left, top + 1), offset(left + 1, top + 1)},
      {west * north, east * north, west * south, east * south}};
}

}  // namespace

void grid_sample_reference(const GridSampleParams& p, const float* src, const float* grid,
                           float* dst, ThreadPool& pool) {
  const std::int64_t in = p.ih * p.iw, out = p.oh * p.ow;
  pool.parallel_for(p.n * out, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) {
      const Place place = place_of(p, grid[2 * index], grid[2 * index + 1]);
      const std::int64_t n = index / out;
      for (std::int64_t c = 0; c < p.c; ++c) {
        const float* plane = src + (n * p.c + c) * in;
        float sum = 0;
        for (int i = 0; i < 4; ++i) {
          if (place.offset[i] >= 0) sum += plane[place.offset[i]] * place.weight[i];
        }
        dst[(n * p.c + c) * out + index % out] = sum;
      }
    }
  });
}

}  // namespace u2net::kernels
