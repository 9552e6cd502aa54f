// SPDX-License-Identifier: Apache-2.0
#include "kernels/image_ops/image_ops.h"

namespace u2net::kernels {

const ImageOps& image_ops(const CpuFeatures& features) {
  static constexpr auto kCodes = codes_for<ImageOps>(InstructionSets{});
  for (const CodeOfSet<ImageOps>& code : kCodes) {
    if (features.contains(code.set->features)) return code.code();
  }
  return kCodes.back().code();
}

std::vector<const ImageOps*> all_image_ops() {
  std::vector<const ImageOps*> all;
  for (const auto& code : codes_for<ImageOps>(InstructionSets{})) all.push_back(&code.code());
  for (const auto& code : codes_for<ImageOps>(TestSets{})) all.push_back(&code.code());
  return all;
}

}  // namespace u2net::kernels
