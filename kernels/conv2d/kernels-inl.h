// SPDX-License-Identifier: Apache-2.0
// The convolution code of one instruction set, for vectors of W floats and N rows of registers.
#pragma once

#include "kernels/conv2d/conv_code.h"
#include "kernels/conv2d/direct-inl.h"
#include "kernels/conv2d/direct_rows-inl.h"
#include "kernels/conv2d/winograd-inl.h"

namespace u2net::kernels::U2NET_ISA {

template <int W, int N>
constexpr ConvCode conv_code() {
  return {.winograd6 = {6, W, N, run_winograd<W, 6, N>},
          .winograd4 = {4, W, N, run_winograd<W, 4, N>},
          .blocked = {DirectForm::kBlocked, W, run_blocked<W, N>},
          .planar_source = {DirectForm::kPlanarSource, W, run_planar_source<W, N>},
          .depthwise = {DirectForm::kDepthwise, W, run_depthwise<W>},
          .planar_result = {DirectForm::kPlanarResult, W, run_planar_result<W>},
          .planar = {DirectForm::kPlanar, W, run_planar<W>}};
}

}  // namespace u2net::kernels::U2NET_ISA
