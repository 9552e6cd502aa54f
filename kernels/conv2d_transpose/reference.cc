// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/base/rounding.h"
#include "kernels/conv2d_transpose/conv2d_transpose.h"

namespace u2net::kernels {
namespace {

constexpr std::int64_t kTogether = 16;  // input channels whose products are summed in float
constexpr std::int64_t kBlock = 512;    // columns of a phase whose sums are kept on the stack

// Columns phase + stride_w * [begin, end) of row oh.
struct Part {
  std::int64_t oh, phase, begin, end;
};

// partial[j - begin] += the products of one input channel for the part.
void accumulate_channel(const Conv2dTransposeParams& p, const Part& part, const float* src,
                        const float* weight, float* partial) {
  for (std::int64_t kh = 0; kh < p.kh; ++kh) {
    const std::int64_t from_h = part.oh + p.pad_top - kh * p.dilation_h;
    if (from_h < 0 || from_h % p.stride_h != 0 || from_h / p.stride_h >= p.ih) continue;
    const float* row = src + from_h / p.stride_h * p.iw;
    for (std::int64_t kw = 0; kw < p.kw; ++kw) {
      const std::int64_t from_w = part.phase + p.pad_left - kw * p.dilation_w;
      if (from_w % p.stride_w != 0) continue;
      const std::int64_t shift =
          from_w / p.stride_w;  // column j of the phase gets sample j + shift
      const std::int64_t begin = std::max(part.begin, -shift),
                         end = std::min(part.end, p.iw - shift);
      const float w = weight[kh * p.kw + kw];
      for (std::int64_t j = begin; j < end; ++j) partial[j - part.begin] += w * row[j + shift];
    }
  }
}

// `src` is the first channel of the group, `weight` the filter of this result for it.
void compute(const Conv2dTransposeParams& p, const Part& part, const float* src,
             const float* weight, float bias, float* row) {
  double sums[kBlock];
  const std::int64_t columns = part.end - part.begin, group_ic = p.ic / p.groups;
  const std::int64_t next_weight = p.oc / p.groups * p.kh * p.kw;
  std::fill_n(sums, columns, double{bias});
  for (std::int64_t first = 0; first < group_ic; first += kTogether) {
    float partial[kBlock];
    std::fill_n(partial, columns, 0.0F);
    for (std::int64_t ic = first; ic < std::min(first + kTogether, group_ic); ++ic)
      accumulate_channel(p, part, src + ic * p.ih * p.iw, weight + ic * next_weight, partial);
    for (std::int64_t j = 0; j < columns; ++j) sums[j] += static_cast<double>(partial[j]);
  }
  for (std::int64_t j = part.begin; j < part.end; ++j)
    row[part.phase + j * p.stride_w] = static_cast<float>(sums[j - part.begin]);
}

}  // namespace

void conv2d_transpose_reference(const Conv2dTransposeParams& p, const float* src,
                                const float* weight, const float* bias, float* dst,
                                ThreadPool& pool) {
  const std::int64_t group_ic = p.ic / p.groups, group_oc = p.oc / p.groups;
  pool.parallel_for(p.n * p.oc * p.oh, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) {
      const std::int64_t oc = index / p.oh % p.oc, n = index / p.oh / p.oc, group = oc / group_oc;
      const float* image = src + (n * p.ic + group * group_ic) * p.ih * p.iw;
      const float* filter = weight + (group * group_ic * group_oc + oc % group_oc) * p.kh * p.kw;
      for (std::int64_t phase = 0; phase < std::min(p.stride_w, p.ow); ++phase) {
        const std::int64_t columns = divided_up(p.ow - phase, p.stride_w);
        for (std::int64_t j = 0; j < columns; j += kBlock) {
          compute(p, {index % p.oh, phase, j, std::min(j + kBlock, columns)}, image, filter,
                  bias ? bias[oc] : 0.0F, dst + index * p.ow);
        }
      }
    }
  });
}

}  // namespace u2net::kernels
