// SPDX-License-Identifier: Apache-2.0
// softmax and its logarithm along an axis:
//
//   dst[k] = exp(src[k] - m) / sum_j exp(src[j] - m)          m = the largest of the line
//   dst[k] = (src[k] - m) - log(sum_j exp(src[j] - m))        its logarithm
//
// As in Paddle, both cut the differences off at -64, where the exponential is 1.6e-28; so a
// probability is never 0. A line with a NaN or +infinity in it gives NaN throughout.
//
// The sums are kept in double, in the order of the axis. Lines are taken in blocks of neighbours
// (kernels/base/axis_shape.h). dst may be src.
#pragma once

#include "kernels/base/axis_shape.h"

namespace u2net::kernels {

template <class T>
void softmax_reference(const AxisShape& s, const T* src, T* dst, ThreadPool& pool);

template <class T>
void log_softmax_reference(const AxisShape& s, const T* src, T* dst, ThreadPool& pool);

}  // namespace u2net::kernels
