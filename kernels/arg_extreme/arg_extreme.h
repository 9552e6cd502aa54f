// SPDX-License-Identifier: Apache-2.0
// Where the largest or the smallest element of every line is: dst[o][i] = the first k with
// src[o][k][i] the extreme one of that line. As in Paddle the search starts from the lowest (or
// highest) finite number at position 0, so a NaN is never it, and a line of nothing but NaN gives
// 0.
//
// Segmentation networks end in this over 2 to 150 channels of a large image. A block of
// neighbouring pixels is walked channel by channel, with the best value and its channel of each
// pixel in two small arrays: memory is read as it lies, and the comparison is the same for
// neighbours, so compilers make vector code of it.
#pragma once

#include <cstdint>

#include "kernels/base/axis_shape.h"

namespace u2net::kernels {

enum class Extreme : std::uint8_t { kLargest, kSmallest };

// s.size is at least 1 and fits 31 bits.
template <class T, class Index>
void arg_extreme_reference(Extreme extreme, const AxisShape& s, const T* src, Index* dst,
                           ThreadPool& pool);

}  // namespace u2net::kernels
