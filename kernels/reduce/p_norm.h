// SPDX-License-Identifier: Apache-2.0
// The p-norm of every line, and lines divided by their Euclidean norm:
//
//   p_norm     (sum |x|^p)^(1/p); the largest or smallest |x| for p = +-infinity; for p = 0 the
//              number of elements that are not 0
//   normalize  dst = x / norm, norm = sqrt(sum x^2 + epsilon)
//
// Sums are kept in double, in the order of the axis, for blocks of neighbouring lines at a time
// (kernels/base/axis_shape.h).
#pragma once

#include "kernels/base/axis_shape.h"

namespace u2net::kernels {

// dst [outer][inner]
template <class T>
void p_norm_reference(const AxisShape& s, double p, const T* src, T* dst, ThreadPool& pool);

// dst may be src.
template <class T>
void normalize_reference(const AxisShape& s, double epsilon, const T* src, T* dst,
                         ThreadPool& pool);

}  // namespace u2net::kernels
