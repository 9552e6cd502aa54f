// SPDX-License-Identifier: Apache-2.0
#include "kernels/interp/taps.h"

#include <algorithm>
#include <cmath>

namespace u2net::kernels {
namespace {

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
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(s), 0, in - 1);
}

InterpTap bilinear_tap(const InterpParams& p, std::int64_t k, std::int64_t in, float ratio) {
  const float s = std::max(p.half_pixel ? half_pixel_coordinate(k, ratio, p.double_coordinates)
                                        : ratio * static_cast<float>(k),
                           0.0F);
  const std::int64_t lo = sample_at(s, in);
  // Past the end both samples are the last one: weights beyond 1 would cancel each other there.
  const float behind = s - static_cast<float>(lo), weight_hi = behind < 1 ? behind : 1.0F;
  return {lo, std::min(lo + 1, in - 1), 1.0F - weight_hi, weight_hi};
}

// The sample that a coordinate, which may lie outside, is rounded to.
std::int64_t rounded_sample(NearestRounding rounding, float s, std::int64_t in) {
  if (!(s > 0.0F)) return 0;
  if (!(s < static_cast<float>(in - 1))) return in - 1;
  return static_cast<std::int64_t>(rounded_coordinate(rounding, s));
}

InterpTap nearest_tap(const InterpParams& p, std::int64_t k, std::int64_t in, float ratio) {
  if (p.rounding != NearestRounding::kByAlignment) {
    const float s = p.half_pixel ? half_pixel_coordinate(k, ratio, p.double_coordinates)
                                 : ratio * static_cast<float>(k);
    const std::int64_t at = rounded_sample(p.rounding, s, in);
    return {at, at, 1, 0};
  }
  const std::int64_t at =
      sample_at(ratio * static_cast<float>(k) + (p.align_corners ? 0.5F : 0.0F), in);
  return {at, at, 1, 0};
}

InterpTap tap(const InterpParams& p, std::int64_t k, std::int64_t in, float ratio) {
  if (p.ih == p.oh && p.iw == p.ow) return {k, k, 1, 0};
  return p.kind == InterpKind::kNearest ? nearest_tap(p, k, in, ratio)
                                        : bilinear_tap(p, k, in, ratio);
}

}  // namespace

float rounded_coordinate(NearestRounding rounding, float s) {
  const float below = std::floor(s), rest = s - below;
  switch (rounding) {
    case NearestRounding::kHalfDown:
      return rest > 0.5F ? below + 1 : below;
    case NearestRounding::kHalfUp:
      return rest >= 0.5F ? below + 1 : below;
    case NearestRounding::kCeil:
      return std::ceil(s);
    case NearestRounding::kByAlignment:
    case NearestRounding::kFloor:
      break;
  }
  return below;
}

float cubic_weight(float a, float distance) {
  const float x = std::fabs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0.0F;
}

CubicTap cubic_tap(const InterpParams& p, std::int64_t k, std::int64_t in, float ratio) {
  const float s = p.align_corners || p.from_corner ? ratio * static_cast<float>(k)
                                                   : half_pixel_coordinate(k, ratio, false);
  // A given scale that disagrees with the sizes can point anywhere; beyond the edges all is alike.
  const float inside = s > -2.0F ? std::min(s, static_cast<float>(in + 1)) : -2.0F;
  const float base = std::floor(inside), t = inside - base;
  constexpr float kA = -0.75F;
  CubicTap tap{{},
               {cubic_weight(kA, t + 1), cubic_weight(kA, t), cubic_weight(kA, 1 - t),
                cubic_weight(kA, 1 - t + 1)}};
  for (int i = 0; i < 4; ++i) {
    tap.at[i] = std::clamp<std::int64_t>(static_cast<std::int64_t>(base) - 1 + i, 0, in - 1);
  }
  return tap;
}

InterpTap interp_row(const InterpParams& p, std::int64_t k) { return tap(p, k, p.ih, p.ratio_h); }
InterpTap interp_column(const InterpParams& p, std::int64_t k) {
  return tap(p, k, p.iw, p.ratio_w);
}

std::vector<InterpTap> interp_rows(const InterpParams& p) {
  std::vector<InterpTap> all;
  for (std::int64_t k = 0; k < p.oh; ++k) all.push_back(interp_row(p, k));
  return all;
}
std::vector<InterpTap> interp_columns(const InterpParams& p) {
  std::vector<InterpTap> all;
  for (std::int64_t k = 0; k < p.ow; ++k) all.push_back(interp_column(p, k));
  return all;
}

bool interp_only_moves(const InterpParams& p) {
  return p.kind == InterpKind::kNearest || (p.ih == p.oh && p.iw == p.ow);
}

}  // namespace u2net::kernels
