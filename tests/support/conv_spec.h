// SPDX-License-Identifier: Apache-2.0
// A convolution by what a test has to say of it.
#pragma once

#include <cstdint>

#include "kernels/conv2d/conv2d.h"

namespace u2net::engine::test {

struct ConvSpec {
  std::int64_t n = 1, ic = 1, ih = 1, iw = 1, oc = 1, kh = 1, kw = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
  std::int64_t dilation_h = 1, dilation_w = 1;
  std::int64_t groups = 1;
};

// With the output size that follows; not positive where the window does not fit.
kernels::Conv2dParams conv_params(const ConvSpec& spec);

}  // namespace u2net::engine::test
