// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/tile_kernels.h"

#include <cstdlib>
#include <string>

#include "engine/base/error.h"

namespace u2net::engine {
namespace {

bool emulation_is_asked_for() {
  const char* text = std::getenv("U2NET_EMULATE_TILES");
  const std::string value = text ? text : "";
  if (value.empty() || value == "0") return false;
  if (value == "1") return true;
  throw Error(ErrorCode::kUsage, "U2NET_EMULATE_TILES is '" + value + "', expected 0 or 1");
}

// Why there are no tiles; null where there are.
const char* why_no_tiles(const kernels::CpuFeatures& cpu) {
  const kernels::CpuFeatures& amx = kernels::kAmx.features;
  if (!kernels::detected_features().contains(amx)) return "this processor has no AMX with bf16";
  if (!cpu.contains(amx)) return "U2NET_MAX_ISA holds AMX back";
  if (!kernels::tiles_are_permitted()) return "the system does not permit AMX";
  return nullptr;
}

}  // namespace

TileKernels tile_kernels(Precision asked, const kernels::CpuFeatures& cpu) {
  if (asked == Precision::kF32) return {};
  const bool emulated = emulation_is_asked_for();
  const char* why = emulated ? nullptr : why_no_tiles(cpu);
  if (!why && asked == Precision::kBf16x3)
    why = "there are no kernels with two bfloat16 a number for whole networks in this version";
  if (why) return {.decision = stays_f32(asked, why)};
  return {.decision = {asked, asked, {}},
          .variants = emulated ? kernels::tile_conv_test_variants() : kernels::tile_conv_variants(),
          .emulated = emulated};
}

}  // namespace u2net::engine
