// SPDX-License-Identifier: Apache-2.0
// Bilinear and nearest-neighbour resizing of planes, coordinates as Paddle 2.6 computes them (equal
// to the bit: no contraction, products from left to right): float32, but double for the half-pixel
// coordinate of the older bilinear_interp.
//   bilinear, half-pixel centres:  s = max(ratio * (k + 0.5) - 0.5, 0);   otherwise: s = ratio * k
//   nearest:                       s = floor(ratio * k), plus 0.5 before flooring if align_corners
#pragma once

#include <cstdint>

#include "kernels/base/parallel.h"

namespace u2net::kernels {

enum class InterpKind { kBilinear, kNearest, kLinear, kCubic };

// Which sample a coordinate of nearest neighbour is. Paddle's rule is the one above, with its
// coordinate; the others take the coordinate of bilinear resizing before it is held at 0, and stay
// inside of src.
enum class NearestRounding : std::uint8_t { kByAlignment, kFloor, kCeil, kHalfDown, kHalfUp };

struct InterpParams {
  InterpKind kind;
  std::int64_t planes, ih, iw;  // src [planes][ih][iw], planes = n * c
  std::int64_t oh, ow;          // dst [planes][oh][ow]
  float ratio_h, ratio_w;       // source samples per output sample
  bool align_corners;
  bool half_pixel;          // bilinear: align_mode 0 without align_corners
  bool double_coordinates;  // bilinear, half-pixel: the v1 operator
  NearestRounding rounding = NearestRounding::kByAlignment;
  bool from_corner = false;  // cubic: corners of pixels lie on each other, not their centres
};

// Bilinear, to twice the height and width, half-pixel centres.
constexpr InterpParams bilinear_doubled(std::int64_t planes, std::int64_t ih, std::int64_t iw) {
  return {.kind = InterpKind::kBilinear,
          .planes = planes,
          .ih = ih,
          .iw = iw,
          .oh = 2 * ih,
          .ow = 2 * iw,
          .ratio_h = 0.5F,
          .ratio_w = 0.5F,
          .align_corners = false,
          .half_pixel = true,
          .double_coordinates = false};
}

void interp_reference(const InterpParams& p, const float* src, float* dst, ThreadPool& pool);

}  // namespace u2net::kernels
