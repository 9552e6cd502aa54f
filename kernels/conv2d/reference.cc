// SPDX-License-Identifier: Apache-2.0
// The convolution as its formula says, one output row at a time. The products of one input channel
// (at most kh * kw of them) are summed in float, the channels in double: the error of a result is
// that of the short sums alone, so this is also the more exact side of every comparison.
#include <algorithm>

#include "kernels/base/rounding.h"
#include "kernels/conv2d/conv2d.h"
#include "kernels/unary/unary.h"

namespace u2net::kernels {
namespace {

constexpr std::int64_t kRowBlock = 512;  // columns whose sums are kept on the stack

// The columns [begin, end) within [ow0, ow1) whose sample column lies inside of src.
struct Columns {
  std::int64_t begin, end;
};

Columns inside(std::int64_t ow0, std::int64_t ow1, std::int64_t offset, std::int64_t stride,
               std::int64_t iw) {
  const std::int64_t first = offset >= 0 ? 0 : divided_up(-offset, stride);
  const std::int64_t last = offset >= iw ? 0 : divided_up(iw - offset, stride);
  return {std::max(ow0, first), std::min(ow1, last)};
}

// sums[ow - ow0] += the products of one input channel for the columns [ow0, ow1) of row oh.
void accumulate_channel(const Conv2dParams& p, const float* src, const float* weight,
                        std::int64_t oh, std::int64_t ow0, std::int64_t ow1, double* sums) {
  float partial[kRowBlock] = {};
  for (std::int64_t kh = 0; kh < p.kh; ++kh) {
    const std::int64_t ih = oh * p.stride_h - p.pad_top + kh * p.dilation_h;
    if (ih < 0 || ih >= p.ih) continue;
    const float* row = src + ih * p.iw;
    for (std::int64_t kw = 0; kw < p.kw; ++kw) {
      const float w = weight[kh * p.kw + kw];
      const std::int64_t offset = kw * p.dilation_w - p.pad_left;
      const Columns columns = inside(ow0, ow1, offset, p.stride_w, p.iw);
      if (columns.begin >= columns.end) continue;
      const float* in = row + (columns.begin * p.stride_w + offset);
      float* out = partial + (columns.begin - ow0);
      const std::int64_t count = columns.end - columns.begin;
      if (p.stride_w == 1) {
        for (std::int64_t i = 0; i < count; ++i) out[i] += w * in[i];
      } else {
        for (std::int64_t i = 0; i < count; ++i) out[i] += w * in[i * p.stride_w];
      }
    }
  }
  for (std::int64_t i = 0; i < ow1 - ow0; ++i) sums[i] += static_cast<double>(partial[i]);
}

void clamp(float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) values[i] = values[i] > 0.0F ? values[i] : 0.0F;
}

// In place, `count` results of a row.
void finish(const Conv2dEpilogue& e, float* values, std::int64_t count, const float* residual) {
  const auto activate = [&] {
    unary_row(e.activation->kind, e.activation->parameters, count, values, values);
  };
  if (e.relu) clamp(values, count);
  if (e.activation && !e.activation_after_residual) activate();
  for (std::int64_t i = 0; residual != nullptr && i < count; ++i) values[i] += residual[i];
  if (e.relu_after_residual) clamp(values, count);
  if (e.activation && e.activation_after_residual) activate();
}

}  // namespace

void conv2d_reference(const Conv2dParams& p, const float* src, const float* weight,
                      const Conv2dEpilogue& epilogue, float* dst, ThreadPool& pool) {
  const std::int64_t group_ic = p.ic / p.groups;
  const std::int64_t group_oc = p.oc / p.groups;
  pool.parallel_for(p.n * p.oc * p.oh, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) {
      const std::int64_t oh = index % p.oh;
      const std::int64_t oc = index / p.oh % p.oc;
      const std::int64_t n = index / p.oh / p.oc;
      const float* image = src + (n * p.ic + oc / group_oc * group_ic) * p.ih * p.iw;
      const float* filter = weight + oc * group_ic * p.kh * p.kw;
      float* row = dst + index * p.ow;
      for (std::int64_t ow0 = 0; ow0 < p.ow; ow0 += kRowBlock) {
        const std::int64_t ow1 = std::min(ow0 + kRowBlock, p.ow);
        double sums[kRowBlock];
        std::fill_n(sums, ow1 - ow0, epilogue.bias ? double{epilogue.bias[oc]} : 0.0);
        for (std::int64_t ic = 0; ic < group_ic; ++ic) {
          accumulate_channel(p, image + ic * p.ih * p.iw, filter + ic * p.kh * p.kw, oh, ow0, ow1,
                             sums);
        }
        const float* residual = epilogue.residual ? epilogue.residual + index * p.ow : nullptr;
        float values[kRowBlock];
        for (std::int64_t i = 0; i < ow1 - ow0; ++i) values[i] = static_cast<float>(sums[i]);
        finish(epilogue, values, ow1 - ow0, residual ? residual + ow0 : nullptr);
        std::copy_n(values, ow1 - ow0, row + ow0);
      }
    }
  });
}

}  // namespace u2net::kernels
