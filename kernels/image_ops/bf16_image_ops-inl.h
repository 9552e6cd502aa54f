// SPDX-License-Identifier: Apache-2.0
// The code of bf16_image_ops.h, for one instruction set that has tiles.
#pragma once

#include "kernels/image_ops/bf16_image_ops.h"
#include "kernels/interp/bf16-inl.h"

namespace u2net::kernels {

template <>
const Bf16ImageOps& code_for<U2NET_ISA::kSet, Bf16ImageOps>() {
  static constexpr Bf16ImageOps kOps = {U2NET_ISA::kSet, U2NET_ISA::interp_bf16_image};
  return kOps;
}

}  // namespace u2net::kernels
