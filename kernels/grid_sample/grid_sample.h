// SPDX-License-Identifier: Apache-2.0
// Samples an image at given places: dst[n][c][y][x] is src[n][c] at the coordinates
// grid[n][y][x] = (gx, gy), which are -1 at one edge of the image and 1 at the other.
//
//   s = (g + 1) / 2 * (size - 1)      with align_corners: the edges are the centres of pixels
//   s = (g + 1) * size / 2 - 1/2      without: the edges are those of pixels
//
// A coordinate outside is taken as it is (zeros: what lies outside of the image is 0), moved to the
// nearest edge (border), or mirrored at the edges until it is inside (reflection). Then the
// value is that of the nearest pixel, or the bilinear one of four. A coordinate that is not finite
// samples as one far outside does.
//
// The place is worked out once, and used for all channels.
#pragma once

#include <cstdint>

#include "kernels/base/parallel.h"

namespace u2net::kernels {

enum class GridPadding : std::uint8_t { kZeros, kBorder, kReflection };

struct GridSampleParams {
  std::int64_t n, c, ih, iw;  // src, nothing of it empty
  std::int64_t oh, ow;        // dst [n][c][oh][ow], grid [n][oh][ow][2]
  bool nearest;
  GridPadding padding;
  bool align_corners;
};

void grid_sample_reference(const GridSampleParams& p, const float* src, const float* grid,
                           float* dst, ThreadPool& pool);

}  // namespace u2net::kernels
