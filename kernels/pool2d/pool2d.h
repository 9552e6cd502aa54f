// SPDX-License-Identifier: Apache-2.0
// Max and average pooling over 2-D windows, with Paddle's CPU semantics: only the leading padding
// moves a window, samples outside of src are skipped, and an adaptive window of output i is
// [floor(i*in/out), ceil((i+1)*in/out)).
#pragma once

#include <cstdint>

#include "kernels/base/parallel.h"

namespace u2net::kernels {

enum class PoolKind { kMax, kAverage };

struct Pool2dParams {
  PoolKind kind;
  std::int64_t planes, ih, iw;  // src [planes][ih][iw], planes = n * c
  std::int64_t oh, ow;          // dst [planes][oh][ow]
  std::int64_t kh, kw;
  std::int64_t stride_h, stride_w;
  std::int64_t pad_top, pad_left;
  bool adaptive;   // kh, kw, strides and pads are ignored
  bool exclusive;  // average: divide by the samples inside of src alone
};

// The 2x2 maximum of stride 2; windows are cut off at the edge of src.
constexpr Pool2dParams max_pool_2x2(std::int64_t planes, std::int64_t ih, std::int64_t iw,
                                    std::int64_t oh, std::int64_t ow) {
  return {.kind = PoolKind::kMax,
          .planes = planes,
          .ih = ih,
          .iw = iw,
          .oh = oh,
          .ow = ow,
          .kh = 2,
          .kw = 2,
          .stride_h = 2,
          .stride_w = 2,
          .pad_top = 0,
          .pad_left = 0,
          .adaptive = false,
          .exclusive = true};
}

// The samples [begin, end) of one window along one axis, and its length before clipping to src
// (but after clipping to the padded size): the divisor of an inclusive average.
struct PoolWindow {
  std::int64_t begin, end, padded_length;
};

PoolWindow pool_window(std::int64_t out_index, std::int64_t in, std::int64_t out,
                       std::int64_t kernel, std::int64_t stride, std::int64_t pad, bool adaptive);

// A window without samples gives -FLT_MAX (max) or 0/0 (exclusive average), as in Paddle.
void pool2d_reference(const Pool2dParams& p, const float* src, float* dst, ThreadPool& pool);

}  // namespace u2net::kernels
