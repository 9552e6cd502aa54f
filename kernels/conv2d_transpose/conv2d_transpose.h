// SPDX-License-Identifier: Apache-2.0
// The transposed convolution: every sample of src is put onto dst times the filter, a stride apart,
// and what falls onto the same place is summed:
//
//   dst[n][oc][ih * stride_h - pad_top + kh * dilation_h][iw * stride_w - pad_left + kw *
//   dilation_w]
//       += src[n][ic][ih][iw] * weight[ic][oc in its group][kh][kw]        for all ic of the group
//
// What falls outside of dst is dropped; where nothing falls, dst is the bias, or 0. The size of dst
// is given. weight is [ic][oc / groups][kh][kw].
//
// It is computed from the side of dst, one row at a time, and in a row the columns of one phase
// together: those that are equal modulo the stride. They get their samples from neighbouring
// columns of src, so the innermost loop runs over neighbours on both sides. The products of 16
// input channels are summed in float, those sums in double.
#pragma once

#include <cstdint>

#include "kernels/base/parallel.h"

namespace u2net::kernels {

struct Conv2dTransposeParams {
  std::int64_t n, ic, ih, iw;  // src
  std::int64_t oc, oh, ow;     // dst
  std::int64_t kh, kw;
  std::int64_t stride_h, stride_w;
  std::int64_t pad_top, pad_left;
  std::int64_t dilation_h, dilation_w;
  std::int64_t groups;
};

// bias may be null.
void conv2d_transpose_reference(const Conv2dTransposeParams& p, const float* src,
                                const float* weight, const float* bias, float* dst,
                                ThreadPool& pool);

}  // namespace u2net::kernels
