// SPDX-License-Identifier: Apache-2.0
// Running sums along an axis: dst[k] = src[0] + ... + src[k], without src[k] itself where
// `exclusive`, and from the other end where `reverse`; or running products, where `product`. Floats
// are summed in double, integers wrap. dst may be src.
#pragma once

#include "kernels/base/axis_shape.h"

namespace u2net::kernels {

struct CumsumParams {
  AxisShape shape;
  bool exclusive, reverse;
  bool product = false;
};

template <class T>
void cumsum_reference(const CumsumParams& p, const T* src, T* dst, ThreadPool& pool);

}  // namespace u2net::kernels
