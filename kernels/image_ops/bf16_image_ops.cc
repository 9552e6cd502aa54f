// SPDX-License-Identifier: Apache-2.0
#include "kernels/image_ops/bf16_image_ops.h"

namespace u2net::kernels {
namespace {

constexpr auto kTileCodes = codes_for<Bf16ImageOps>(TileSets{});
constexpr auto kEmulatedCodes = codes_for<Bf16ImageOps>(TileTestSets{});

}  // namespace

const Bf16ImageOps& bf16_image_ops(const CpuFeatures& features) {
  for (const auto& code : kTileCodes) {
    if (features.contains(code.set->features)) return code.code();
  }
  return kEmulatedCodes.front().code();
}

std::vector<const Bf16ImageOps*> all_bf16_image_ops() {
  std::vector<const Bf16ImageOps*> all;
  for (const auto& code : kTileCodes) all.push_back(&code.code());
  for (const auto& code : kEmulatedCodes) all.push_back(&code.code());
  return all;
}

}  // namespace u2net::kernels
