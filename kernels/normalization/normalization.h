// SPDX-License-Identifier: Apache-2.0
// Layer, instance and group normalisation: src is `rows` rows of `length`, and each row is shifted
// and scaled by its own statistics, then every element by the parameters of its channel c:
//
//   dst = (src - mean) / sqrt(variance + epsilon) * scale[c] + bias[c]
//   mean = sum(src) / length     variance = sum((src - mean)^2) / length
//
// What tells the three apart is which elements make a row, and which channel element i of row r
// has: c = (r * (length / inner) + i / inner) % channels.
//
//               a row is                  inner   channels
//   layer       the trailing dimensions   1       length
//   instance    a channel of an image     length  those of the image
//   group       some channels of one      h * w   those of the image
//
// Statistics are computed in double in two passes, in a fixed order; dst may be src.
#pragma once

#include <cstdint>

#include "kernels/base/parallel.h"

namespace u2net::kernels {

struct NormalizationParams {
  std::int64_t rows, length;
  std::int64_t inner, channels;
  double epsilon;
};

// scale and bias may be null.
template <class T>
void normalization_reference(const NormalizationParams& p, const T* src, const T* scale,
                             const T* bias, T* dst, ThreadPool& pool);

}  // namespace u2net::kernels
