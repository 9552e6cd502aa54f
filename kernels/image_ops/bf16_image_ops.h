// SPDX-License-Identifier: Apache-2.0
// The operators that networks have between the convolutions on tiles, on images in bf16 as those
// keep them (blocks of tile_block() channels, perhaps centred): without them an image would be
// converted to f32 and back. The same bits for every number of threads, and emulated.
#pragma once

#include "kernels/image_ops/image_ops.h"

namespace u2net::kernels {

struct Bf16ImageOps {
  InstructionSet set;

  // As ImageOps::interp, rounded to bf16 once; dst has the centres of src. Or both in bf16x2.
  void (*interp)(const InterpTaps& taps, const ConstImage& src, const Image& dst,
                 const float* centre, ThreadPool& pool);
};

// For AMX where the features include it, else emulated.
const Bf16ImageOps& bf16_image_ops(const CpuFeatures& features);
// All in this build.
std::vector<const Bf16ImageOps*> all_bf16_image_ops();

}  // namespace u2net::kernels
