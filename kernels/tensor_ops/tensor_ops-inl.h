// SPDX-License-Identifier: Apache-2.0
// The operators on plain tensors of one instruction set: every operator's folder has its code.
#pragma once

#include "kernels/arg_extreme/native-inl.h"
#include "kernels/matmul/native-inl.h"
#include "kernels/normalization/native-inl.h"
#include "kernels/softmax/native-inl.h"
#include "kernels/tensor_ops/tensor_ops.h"

namespace u2net::kernels {

template <>
const TensorOps& code_for<U2NET_ISA::kSet, TensorOps>() {
  using namespace U2NET_ISA;
  constexpr int kW = kVectorFloats;
  static constexpr TensorOps kOps = {kSet,
                                     ElementType::kF32,
                                     MatMulSizes<kW>::kScratch,
                                     matmul_native<kW>,
                                     MatMulSizes<kW>::kPanel,
                                     matmul_pack_whole<kW>,
                                     matmul_unpack_whole<kW>,
                                     matmul_with_packed<kW>,
                                     softmax_native<kW>,
                                     normalization_native<kW>,
                                     arg_extreme_native<kW, std::int32_t>,
                                     arg_extreme_native<kW, std::int64_t>};
  return kOps;
}

}  // namespace u2net::kernels
