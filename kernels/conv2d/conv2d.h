// SPDX-License-Identifier: Apache-2.0
// 2-D cross-correlation with groups, strides, dilation and explicit padding:
//   dst[n][oc][oh][ow] = epilogue(sum over ic, kh, kw of weight[oc][ic][kh][kw] *
//       src[n][g*ic_per_group + ic][oh*stride_h - pad_top + kh*dilation_h][... w alike])
// where samples outside of src count as 0 and g is the group of oc.
#pragma once

#include <cstdint>
#include <optional>

#include "kernels/base/parallel.h"
#include "kernels/unary/unary_function.h"

namespace u2net::kernels {

struct Conv2dParams {
  std::int64_t n, ic, ih, iw;  // src   [n][ic][ih][iw]
  std::int64_t oc, oh, ow;     // dst   [n][oc][oh][ow]
  std::int64_t kh, kw;         // weight [oc][ic / groups][kh][kw]
  std::int64_t stride_h, stride_w;
  std::int64_t pad_top, pad_left;  // the bottom and right padding follow from oh and ow
  std::int64_t dilation_h, dilation_w;
  std::int64_t groups;
};

// What happens to a sum before it is stored, in this order; null and false leave a step out. The
// activation stands behind either ReLU.
struct Conv2dEpilogue {
  const float* bias = nullptr;  // [oc]
  bool relu = false;
  const float* residual = nullptr;  // [n][oc][oh][ow]; may be dst itself
  bool relu_after_residual = false;
  std::optional<Activation> activation = {};
  bool activation_after_residual = false;
};

void conv2d_reference(const Conv2dParams& p, const float* src, const float* weight,
                      const Conv2dEpilogue& epilogue, float* dst, ThreadPool& pool);

}  // namespace u2net::kernels
