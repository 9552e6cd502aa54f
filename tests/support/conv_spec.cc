// SPDX-License-Identifier: Apache-2.0
#include "tests/support/conv_spec.h"

namespace u2net::engine::test {
namespace {

std::int64_t out_size(std::int64_t in, std::int64_t pad, std::int64_t kernel, std::int64_t dilation,
                      std::int64_t stride) {
  const std::int64_t room = in + pad - (dilation * (kernel - 1) + 1);
  return room < 0 ? 0 : room / stride + 1;
}

}  // namespace

kernels::Conv2dParams conv_params(const ConvSpec& s) {
  return {.n = s.n,
          .ic = s.ic,
          .ih = s.ih,
          .iw = s.iw,
          .oc = s.oc,
          .oh = out_size(s.ih, s.top + s.bottom, s.kh, s.dilation_h, s.stride_h),
          .ow = out_size(s.iw, s.left + s.right, s.kw, s.dilation_w, s.stride_w),
          .kh = s.kh,
          .kw = s.kw,
          .stride_h = s.stride_h,
          .stride_w = s.stride_w,
          .pad_top = s.top,
          .pad_left = s.left,
          .dilation_h = s.dilation_h,
          .dilation_w = s.dilation_w,
          .groups = s.groups};
}

}  // namespace u2net::engine::test
