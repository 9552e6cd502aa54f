// SPDX-License-Identifier: Apache-2.0
#include "kernels/tensor_ops/tensor_ops.h"

namespace u2net::kernels {

const TensorOps& tensor_ops(const CpuFeatures& features) {
  static constexpr auto kCodes = codes_for<TensorOps>(InstructionSets{});
  for (const CodeOfSet<TensorOps>& code : kCodes) {
    if (features.contains(code.set->features)) return code.code();
  }
  return kCodes.back().code();
}

std::vector<const TensorOps*> all_tensor_ops() {
  std::vector<const TensorOps*> all;
  for (const auto& code : codes_for<TensorOps>(InstructionSets{})) all.push_back(&code.code());
  for (const auto& code : codes_for<TensorOps>(TestSets{})) all.push_back(&code.code());
  return all;
}

}  // namespace u2net::kernels
