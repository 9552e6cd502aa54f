// SPDX-License-Identifier: Apache-2.0
// The functions of kernels/unary that may end a convolution (those that say how steep they are) on
// results that a form has put down in a piece of the stack: a table of them, of which a plan takes
// one. ReLU does not go this way, the forms have it in registers.
#pragma once

#include <array>

#include "kernels/base/rounding.h"
#include "kernels/conv2d/conv_form.h"
#include "kernels/unary/vector_functions-inl.h"

namespace u2net::kernels::U2NET_ISA {

template <int W, class F>
void activate(const UnaryParameters& p, std::int64_t channels, std::int64_t count, float* values) {
  if (F::kRow.is_bounded && channels < W) {
    for (std::int64_t i = 0; i < count; i += W) {
      const Vec<W> result = vector_of<W>(F{}, load<W>(values + i), p);
      store<W>(values + i, Vec<W>{});
      for (std::int64_t lane = 0; lane < channels; ++lane) values[i + lane] = result[lane];
    }
    return;
  }
  for (std::int64_t i = 0; i < count; i += W)
    store<W>(values + i, vector_of<W>(F{}, load<W>(values + i), p));
}

template <int W, class F>
constexpr ActivationRun activation_of() {
  if constexpr (F::kRow.ends_convolutions()) {
    return activate<W, F>;
  } else {
    return nullptr;
  }
}

template <int W, class... F>
constexpr std::array<ActivationRun, sizeof...(F)> activations_of(UnaryList<F...>) {
  return {activation_of<W, F>()...};
}
template <int W>
inline constexpr auto kActivations = activations_of<W>(UnaryFunctions{});

// Results whose epilogue runs through memory, where there is an activation.
struct ActivatedResults {
  const ConvPlan& plan;
  std::int64_t channels;  // of dst, from the first of the results on
  const float* residual;  // of the first result; null for none
  std::int64_t residual_plane;
  std::int64_t residual_pixel;
};

// All of the epilogue but for the bias, in place: values[vectors][pixels][W], `plane` floats from
// one vector of channels to the next.
template <int W>
__attribute__((noinline)) void finish_activated(const ActivatedResults& results,
                                                std::int64_t vectors, std::int64_t pixels,
                                                std::int64_t plane, float* values) {
  const FusedConv2d& p = results.plan.conv;
  for (std::int64_t c = 0; c < vectors; ++c, values += plane) {
    const auto clamp = [&] {
      for (std::int64_t t = 0; t < pixels; ++t)
        store<W>(values + t * W, relu<W>(load<W>(values + t * W)));
    };
    const auto activate = [&] {
      results.plan.activate(p.activation->parameters, results.channels - c * W, pixels * W, values);
    };
    if (p.relu) clamp();
    if (!p.activation_after_residual) activate();
    if (results.residual) {
      const float* residual = results.residual + c * results.residual_plane;
      for (std::int64_t t = 0; t < pixels; ++t)
        store<W>(values + t * W,
                 load<W>(values + t * W) + load<W>(residual + t * results.residual_pixel));
    }
    if (p.relu_after_residual) clamp();
    if (p.activation_after_residual) activate();
  }
}

// The same for `count` pixels of one channel of a plane: values has room for whole vectors.
template <int W>
__attribute__((noinline)) void finish_activated_plane(const ConvPlan& plan, std::int64_t count,
                                                      const float* residual, float* values) {
  const FusedConv2d& p = plan.conv;
  const std::int64_t room = rounded_up(count, W);
  for (std::int64_t i = count; i < room; ++i) values[i] = 0;
  const auto clamp = [&] {
    for (std::int64_t i = 0; i < count; ++i) values[i] = values[i] > 0.0F ? values[i] : 0.0F;
  };
  if (p.relu) clamp();
  if (!p.activation_after_residual) plan.activate(p.activation->parameters, W, room, values);
  for (std::int64_t i = 0; residual && i < count; ++i) values[i] += residual[i];
  if (p.relu_after_residual) clamp();
  if (p.activation_after_residual) plan.activate(p.activation->parameters, W, room, values);
}

}  // namespace u2net::kernels::U2NET_ISA
