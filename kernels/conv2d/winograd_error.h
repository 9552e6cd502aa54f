// SPDX-License-Identifier: Apache-2.0
// How much rounding can weigh in a convolution by Winograd's method (winograd.h).
#pragma once

#include "kernels/conv2d/conv2d.h"

namespace u2net::kernels {

// For every result the sum of the magnitudes that F(m x m, 3 x 3) adds up on the way to it,
//   |A|^T [ sum over ic of (|G| |g| |G|^T) . (|B|^T |d| |B|) ] |A| + bias + residual
// of which each rounding of an intermediate value is at most a 2^-24th. For problems that Winograd
// can do; operands as in conv2d_reference().
void winograd_magnitudes(int m, const Conv2dParams& p, const float* src, const float* weight,
                         const Conv2dEpilogue& epilogue, float* dst, ThreadPool& pool);

// Of how many terms a result is a sum: of a point its products; a value goes through two transforms
// of m + 2 terms on either side, a filter through two of 3; bias and residual.
inline double winograd_sum_terms(int m, const Conv2dParams& p) {
  return static_cast<double>(p.ic + 4 * (m + 2) + 2 * 3 + 2);
}

}  // namespace u2net::kernels
