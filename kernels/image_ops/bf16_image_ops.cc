// SPDX-License-Identifier: Apache-2.0
#include "kernels/image_ops/bf16_image_ops.h"

namespace u2net::kernels {

const Bf16ImageOps& bf16_image_ops(const CpuFeatures& features) {
  return best_code<Bf16ImageOps, AllTileSets>(features);
}

std::vector<const Bf16ImageOps*> all_bf16_image_ops() {
  return all_codes<Bf16ImageOps>(AllTileSets{});
}

}  // namespace u2net::kernels
