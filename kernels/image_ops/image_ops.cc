// SPDX-License-Identifier: Apache-2.0
#include "kernels/image_ops/image_ops.h"

namespace u2net::kernels {

const ImageOps& image_ops(const CpuFeatures& features) { return best_code<ImageOps>(features); }

std::vector<const ImageOps*> all_image_ops() {
  return all_codes<ImageOps>(InstructionSets{}, TestSets{});
}

}  // namespace u2net::kernels
