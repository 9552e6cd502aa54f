// SPDX-License-Identifier: Apache-2.0
// Which source samples a resized one is made of: the coordinates of interp.h.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/interp/interp.h"

namespace u2net::kernels {

// Two source samples and their weights.
struct InterpTap {
  std::int64_t lo, hi;
  float weight_lo, weight_hi;
};

// Those of output row or column k. Where values only move, lo is the sample and its weight 1.
InterpTap interp_row(const InterpParams& p, std::int64_t k);
InterpTap interp_column(const InterpParams& p, std::int64_t k);

// All of them.
std::vector<InterpTap> interp_rows(const InterpParams& p);
std::vector<InterpTap> interp_columns(const InterpParams& p);

// Of bicubic: the four samples around a coordinate, those outside moved to the edge.
struct CubicTap {
  std::int64_t at[4];
  float weight[4];
};
CubicTap cubic_tap(const InterpParams& p, std::int64_t k, std::int64_t in, float ratio);

// The weight that Keys' cubic kernel (1981) gives a sample at a distance; a is its slope at 1.
float cubic_weight(float a, float distance);

// A coordinate as it is rounded, exactly. By alignment means down.
float rounded_coordinate(NearestRounding rounding, float s);

// No arithmetic: nearest neighbour, or equal sizes, which are a plain copy in every mode.
bool interp_only_moves(const InterpParams& p);

}  // namespace u2net::kernels
