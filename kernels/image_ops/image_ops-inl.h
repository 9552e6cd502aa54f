// SPDX-License-Identifier: Apache-2.0
// The operators on images of one instruction set: every operator's folder has its code.
#pragma once

#include "kernels/arg_extreme/native-inl.h"
#include "kernels/batch_norm/native-inl.h"
#include "kernels/binary/native-inl.h"
#include "kernels/conv2d_transpose/native-inl.h"
#include "kernels/image_ops/image_ops.h"
#include "kernels/interp/native-inl.h"
#include "kernels/pool2d/native-inl.h"
#include "kernels/prelu/native-inl.h"
#include "kernels/softmax/native-inl.h"
#include "kernels/unary/native-inl.h"

namespace u2net::kernels {

template <>
const ImageOps& code_for<U2NET_ISA::kSet, ImageOps>() {
  using namespace U2NET_ISA;
  constexpr int kW = kVectorFloats;
  static constexpr ImageOps kOps = {kSet,
                                    ElementType::kF32,
                                    kW,
                                    unary_image<kW>,
                                    affine_image<kW>,
                                    binary_image<kW>,
                                    broadcast_image<kW>,
                                    pool_image<kW>,
                                    interp_image<kW>,
                                    prelu_image<kW>,
                                    conv2d_transpose_image<kW>,
                                    softmax_channels<kW>,
                                    arg_extreme_channels<kW, std::int32_t>,
                                    arg_extreme_channels<kW, std::int64_t>};
  return kOps;
}

}  // namespace u2net::kernels
