// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/batch_norm/native-inl.h"
#include "kernels/binary/native-inl.h"
#include "kernels/image_ops_code.h"
#include "kernels/interp/native-inl.h"
#include "kernels/pool2d/native-inl.h"
#include "kernels/unary/native-inl.h"

namespace u2net::kernels::U2NET_ISA {

template <int W>
constexpr ImageOps make_image_ops(const InstructionSet& set) {
  return {set,
          W,
          unary_image<W>,
          affine_image<W>,
          binary_image<W>,
          broadcast_image<W>,
          pool_image<W>,
          interp_image<W>};
}

}  // namespace u2net::kernels::U2NET_ISA
