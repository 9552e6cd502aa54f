// SPDX-License-Identifier: Apache-2.0
// Which kernels make use of a precision: convolutions in bf16, or with two bfloat16 a number, on
// the tiles of AMX. Where the environment variable U2NET_EMULATE_TILES is 1, the same kernels on
// emulated tiles, for tests: the plan and the bits of AMX on any processor, a hundred times slower
// than float32.
#pragma once

#include <span>

#include "engine/plan/precision.h"
#include "kernels/conv2d/fused_conv2d.h"

namespace u2net::engine {

struct TileKernels {
  PrecisionDecision decision;
  // Forms of convolution; none where the kernels compute in float32.
  std::span<const kernels::ConvVariant> variants = {};
  bool emulated = false;
};

// On a processor of which no other features may be used. Throws kUsage where the variable is
// neither 0 nor 1.
TileKernels tile_kernels(Precision asked, const kernels::CpuFeatures& cpu);

}  // namespace u2net::engine
