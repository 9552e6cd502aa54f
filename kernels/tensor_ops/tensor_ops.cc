// SPDX-License-Identifier: Apache-2.0
#include "kernels/tensor_ops/tensor_ops.h"

namespace u2net::kernels {

const TensorOps& tensor_ops(const CpuFeatures& features) { return best_code<TensorOps>(features); }

std::vector<const TensorOps*> all_tensor_ops() {
  return all_codes<TensorOps>(InstructionSets{}, TestSets{});
}

}  // namespace u2net::kernels
