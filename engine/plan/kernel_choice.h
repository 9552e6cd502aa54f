// SPDX-License-Identifier: Apache-2.0
// What a user may say about kernels. By default the fastest are taken: of the native ones by a cost
// model, of oneDNN's by its own order.
#pragma once

#include <cstddef>
#include <string>

#include "engine/plan/precision.h"
#include "kernels/base/instruction_sets.h"

namespace u2net::engine {

inline constexpr std::size_t kDefaultWeightBytes = 430'000'000;

struct KernelChoice {
  // Every convolution is a sum of the products themselves: none by transforms (Winograd).
  bool exact = false;
  // A form of convolution, e.g. "winograd4" or "blocked", to be taken wherever it can do the work;
  // throws kUsage for one that does not exist. Empty: by cost.
  std::string convolution = {};
  // How many of the implementations that oneDNN would take for a primitive to pass over, for
  // measurements. A node that has no more runs on the reference kernel.
  int onednn_rank = 0;
  // Images and weights of oneDNN's convolutions in bfloat16, for measurements.
  bool onednn_bf16 = false;
  // What packed filters, and the weights that have to be kept beside them, may take (of a model
  // that owns its weights). Forms that need less are taken where they cost the least time; a limit
  // below what the most compact ones need is exceeded, by a twentieth of that.
  std::size_t max_weight_bytes = kDefaultWeightBytes;
  // What the kernels may compute in.
  Precision precision = Precision::kF32;
};

// What the processor can run, but nothing beyond the instruction set that the environment variable
// U2NET_MAX_ISA names (portable, neon, avx2 or avx512). Throws kUsage where that is something else.
kernels::CpuFeatures usable_features();

}  // namespace u2net::engine
