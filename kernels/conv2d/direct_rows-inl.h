// SPDX-License-Identifier: Apache-2.0
// direct.h, the forms whose results are not matrix products: depthwise, planar_result and planar.
#pragma once

#include "kernels/conv2d/direct.h"
#include "kernels/conv2d/matrix_tile-inl.h"

namespace u2net::kernels::U2NET_ISA {

inline float finish_one(const FusedConv2d& p, float value, const float* residual) {
  if (p.relu) value = value > 0.0F ? value : 0.0F;
  if (residual) value += *residual;
  if (p.relu_after_residual) value = value > 0.0F ? value : 0.0F;
  return value;
}

// N pixels of one block of channels, each channel with its own filter.
template <int W, int N>
U2NET_INLINE void depthwise_pixels(const Conv2dParams& c, const float* src, std::int64_t row,
                                   const float* u, Vec<W> bias, Vec<W> (&sums)[N]) {
  for (int t = 0; t < N; ++t) sums[t] = bias;
  for (std::int64_t ky = 0; ky < c.kh; ++ky) {
    for (std::int64_t kx = 0; kx < c.kw; ++kx, u += W) {
      const float* in = src + ky * c.dilation_h * row + kx * c.dilation_w * W;
      const Vec<W> weight = load<W>(u);
      for (int t = 0; t < N; ++t)
        sums[t] = madd<W>(load<W>(in + t * c.stride_w * W), weight, sums[t]);
    }
  }
}

template <int W, int N>
void depthwise_row(const DirectPlan& plan, const ConvOperands& operands, std::int64_t image,
                   std::int64_t block, std::int64_t y) {
  const FusedConv2d& p = plan.conv;
  const Conv2dParams& c = p.params;
  const ImageLayout& src = p.sources[0].layout;
  const float* in =
      operands.sources[0] + src.offset(image, block, y * c.stride_h - c.pad_top, -c.pad_left);
  float* out = operands.dst + p.dst.offset(image, block, y, 0);
  const float* residual =
      p.residual ? operands.residual + p.residual->offset(image, block, y, 0) : nullptr;
  const float* u = operands.weights + block * plan.filter_floats;
  const Vec<W> bias = load<W>(operands.bias + block * W);
  const auto piece = [&]<int Count>(std::int64_t x, std::integral_constant<int, Count>)
      __attribute__((always_inline)) {
    Vec<W> sums[Count];
    depthwise_pixels<W, Count>(c, in + x * c.stride_w * W, src.row_stride(), u, bias, sums);
    for (int t = 0; t < Count; ++t) {
      Vec<W> value = p.relu ? relu<W>(sums[t]) : sums[t];
      if (residual) value += load<W>(residual + (x + t) * W);
      store<W>(out + (x + t) * W, p.relu_after_residual ? relu<W>(value) : value);
    }
  };
  std::int64_t x = 0;
  for (; x + N <= p.dst.w; x += N) piece(x, std::integral_constant<int, N>{});
  for (; x < p.dst.w; ++x) piece(x, std::integral_constant<int, 1>{});
}

template <int W>
void run_depthwise(const DirectPlan& plan, const ConvOperands& operands, ThreadPool& pool) {
  const ImageLayout& dst = plan.conv.dst;
  pool.parallel_for(dst.n * dst.channel_blocks() * dst.h,
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t i = begin; i < end; ++i) {
                        depthwise_row<W, 8>(plan, operands, i / dst.h / dst.channel_blocks(),
                                            i / dst.h % dst.channel_blocks(), i % dst.h);
                      }
                    });
}

// N results of one output channel.
template <int W, int N>
U2NET_INLINE void reduced_pixels(const DirectPlan& plan, const ConvOperands& operands,
                                 std::int64_t image, std::int64_t y, std::int64_t x, const float* u,
                                 Vec<W> (&sums)[N]) {
  const FusedConv2d& p = plan.conv;
  const Conv2dParams& c = p.params;
  for (int t = 0; t < N; ++t) sums[t] = Vec<W>{};
  for (std::size_t s = 0; s < p.sources.size(); ++s) {
    const ImageLayout& l = p.sources[s].layout;
    const float* in = operands.sources[s] +
                      l.offset(image, 0, y * c.stride_h - c.pad_top, x * c.stride_w - c.pad_left);
    // The row that the next row of results reads first: too many streams for the hardware to
    // follow.
    const std::int64_t next_row =
        (c.kh - 1) * c.dilation_h * l.row_stride() + c.stride_h * l.row_stride();
    for (std::int64_t b = 0; b < l.channel_blocks(); ++b, in += l.plane_stride()) {
      for (int i = 0; i < N * W; i += 16) prefetch(in + next_row + i * c.stride_w);
      for (std::int64_t ky = 0; ky < c.kh; ++ky) {
        const float* row = in + ky * c.dilation_h * l.row_stride();
        for (std::int64_t kx = 0; kx < c.kw; ++kx, u += W) {
          const float* sample = row + kx * c.dilation_w * W;
          const Vec<W> weight = load<W>(u);
          for (int t = 0; t < N; ++t)
            sums[t] = madd<W>(load<W>(sample + t * c.stride_w * W), weight, sums[t]);
        }
      }
    }
  }
}

template <int W, int N>
void planar_result_row(const DirectPlan& plan, const ConvOperands& operands, std::int64_t image,
                       std::int64_t channel, std::int64_t y) {
  const FusedConv2d& p = plan.conv;
  float* out = operands.dst + p.dst.offset(image, channel, y, 0);
  const float* residual =
      p.residual ? operands.residual + p.residual->offset(image, channel, y, 0) : nullptr;
  const float* u = operands.weights + channel * plan.filter_floats;
  const float bias = operands.bias[channel];
  const auto piece = [&]<int Count>(std::int64_t x, std::integral_constant<int, Count>)
      __attribute__((always_inline)) {
    Vec<W> sums[Count];
    reduced_pixels<W, Count>(plan, operands, image, y, x, u, sums);
    for (int t = 0; t < Count; ++t) {
      out[x + t] = finish_one(p, sum<W>(sums[t]) + bias, residual ? residual + x + t : nullptr);
    }
  };
  std::int64_t x = 0;
  for (; x + N <= p.dst.w; x += N) piece(x, std::integral_constant<int, N>{});
  for (; x < p.dst.w; ++x) piece(x, std::integral_constant<int, 1>{});
}

template <int W>
void run_planar_result(const DirectPlan& plan, const ConvOperands& operands, ThreadPool& pool) {
  const ImageLayout& dst = plan.conv.dst;
  pool.parallel_for(dst.n * dst.h * dst.c, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      planar_result_row<W, 8>(plan, operands, i / dst.c / dst.h, i % dst.c, i / dst.c % dst.h);
    }
  });
}

// `V` vectors of results next to each other, or with V = 0 a single one.
template <int W, int V>
U2NET_INLINE void planar_pixels(const DirectPlan& plan, const ConvOperands& operands,
                                std::int64_t image, std::int64_t channel, std::int64_t y,
                                std::int64_t x) {
  const FusedConv2d& p = plan.conv;
  const Conv2dParams& c = p.params;
  constexpr int kVectors = V ? V : 1, kLanes = V ? W : 1;
  const std::int64_t group_ic = c.ic / c.groups, first = channel / (c.oc / c.groups) * group_ic;
  const float* u = operands.weights + channel * plan.filter_floats;
  Vec<W> sums[kVectors];
  for (Vec<W>& s : sums) s = splat<W>(operands.bias[channel]);
  std::int64_t ic = 0;
  for (std::size_t s = 0; s < p.sources.size(); ++s) {
    const ImageLayout& l = p.sources[s].layout;
    for (std::int64_t i = 0; i < l.c; ++i, ++ic) {
      if (ic < first || ic >= first + group_ic) continue;
      for (std::int64_t ky = 0; ky < c.kh; ++ky) {
        for (std::int64_t kx = 0; kx < c.kw; ++kx, ++u) {
          const float* in = operands.sources[s] +
                            l.offset(image, i, y * c.stride_h - c.pad_top + ky * c.dilation_h,
                                     x * c.stride_w - c.pad_left + kx * c.dilation_w);
          const Vec<W> weight = splat<W>(*u);
          for (int v = 0; v < kVectors; ++v) {
            Vec<W> samples{};
            if (V && c.stride_w == 1) {
              samples = load_loose<W>(in + v * W);
            } else {
              for (int lane = 0; lane < kLanes; ++lane)
                samples[lane] = in[(v * W + lane) * c.stride_w];
            }
            sums[v] = madd<W>(samples, weight, sums[v]);
          }
        }
      }
    }
  }
  const std::int64_t at = p.dst.offset(image, channel, y, x);
  const float* residual =
      p.residual ? operands.residual + p.residual->offset(image, channel, y, x) : nullptr;
  for (int v = 0; v < kVectors; ++v) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const int i = v * W + lane;
      operands.dst[at + i] = finish_one(p, sums[v][lane], residual ? residual + i : nullptr);
    }
  }
}

template <int W>
void run_planar(const DirectPlan& plan, const ConvOperands& operands, ThreadPool& pool) {
  const ImageLayout& dst = plan.conv.dst;
  pool.parallel_for(dst.n * dst.c * dst.h, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t image = i / dst.h / dst.c, channel = i / dst.h % dst.c, y = i % dst.h;
      std::int64_t x = 0;
      for (; x + 4 * W <= dst.w; x += 4 * W)
        planar_pixels<W, 4>(plan, operands, image, channel, y, x);
      for (; x + W <= dst.w; x += W) planar_pixels<W, 1>(plan, operands, image, channel, y, x);
      for (; x < dst.w; ++x) planar_pixels<W, 0>(plan, operands, image, channel, y, x);
    }
  });
}

}  // namespace u2net::kernels::U2NET_ISA
