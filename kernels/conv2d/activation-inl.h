// SPDX-License-Identifier: Apache-2.0
// Epilogues that run through memory, on results that a form has put down in a piece of the stack:
// those with an activation (a function of kernels/unary that says how steep it is, of which a plan
// has the loop), and those of planes. ReLU alone the other forms have in registers.
#pragma once

#include <cstring>

#include "kernels/base/rounding.h"
#include "kernels/conv2d/conv_form.h"
#include "kernels/unary/runs-inl.h"

namespace u2net::kernels::U2NET_ISA {

// Results whose epilogue runs through memory, where there is an activation.
struct ActivatedResults {
  const ConvPlan& plan;
  std::int64_t channels;  // of dst, from the first of the results on
  const float* residual;  // of the first result; null for none
  std::int64_t residual_plane;
  std::int64_t residual_pixel;
};

// All of the epilogue but for the bias, of values[vectors][pixels][W], `plane` floats from one
// vector of channels to the next: to dst, which may be values, or hold the residual.
template <int W>
__attribute__((noinline)) void finish_activated(const ActivatedResults& results,
                                                std::int64_t vectors, std::int64_t pixels,
                                                std::int64_t plane, float* values,
                                                std::int64_t dst_plane, float* dst) {
  const FusedConv2d& p = results.plan.conv;
  const std::int64_t count = pixels * W;
  for (std::int64_t c = 0; c < vectors; ++c, values += plane, dst += dst_plane) {
    float* now = values;  // where the results are
    const auto clamp = [&] {
      for (std::int64_t i = 0; i < count; i += W) store<W>(now + i, relu<W>(load<W>(now + i)));
    };
    const auto activate = [&](float* to) {
      results.plan.activate(p.activation->parameters, results.channels - c * W, now, count, to);
      now = to;
    };
    if (p.relu) clamp();
    if (!p.activation_after_residual) activate(results.residual ? values : dst);
    if (results.residual) {
      const float* residual = results.residual + c * results.residual_plane;
      for (std::int64_t t = 0; t < pixels; ++t)
        store<W>(dst + t * W,
                 load<W>(now + t * W) + load<W>(residual + t * results.residual_pixel));
      now = dst;
    }
    if (p.relu_after_residual) clamp();
    if (p.activation_after_residual) activate(dst);
  }
}

// The epilogue, with or without an activation, of `count` pixels of one channel of a plane: values
// has room for whole vectors.
template <int W>
__attribute__((noinline)) void finish_plane(const ConvPlan& plan, std::int64_t count,
                                            const float* residual, float* values, float* dst) {
  const FusedConv2d& p = plan.conv;
  const auto clamp = [&] {
    for (std::int64_t i = 0; i < count; ++i) values[i] = values[i] > 0.0F ? values[i] : 0.0F;
  };
  const auto activate = [&] {
    const std::int64_t room = rounded_up(count, W);
    for (std::int64_t i = count; i < room; ++i) values[i] = 0;
    plan.activate(p.activation->parameters, W, values, room, values);
  };
  if (p.relu) clamp();
  if (p.activation && !p.activation_after_residual) activate();
  for (std::int64_t i = 0; residual && i < count; ++i) values[i] += residual[i];
  if (p.relu_after_residual) clamp();
  if (p.activation && p.activation_after_residual) activate();
  std::memcpy(dst, values, static_cast<std::size_t>(count) * sizeof(float));
}

}  // namespace u2net::kernels::U2NET_ISA
