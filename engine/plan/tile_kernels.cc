// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/tile_kernels.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

bool emulation_is_asked_for() {
  const char* text = std::getenv("U2NET_EMULATE_TILES");
  const std::string value = text ? text : "";
  if (value.empty() || value == "0") return false;
  if (value == "1") return true;
  throw_error(ErrorCode::kUsage, "U2NET_EMULATE_TILES is '", value, "', expected 0 or 1");
}

// Why there are no tiles; null where there are.
const char* why_no_tiles(const kernels::CpuFeatures& cpu) {
  const kernels::CpuFeatures& amx = kernels::kAmx.features;
  if (!kernels::detected_features().contains(amx)) return "this processor has no AMX with bf16";
  if (!cpu.contains(amx)) return "U2NET_MAX_ISA holds AMX back";
  if (!kernels::tiles_are_permitted()) return "the system does not permit AMX";
  return nullptr;
}

// The form for images in bf16, that for bf16x2, or both.
std::span<const kernels::ConvVariant> permitted(Precision asked,
                                                std::span<const kernels::ConvVariant> all) {
  if (asked == Precision::kMixed) return all;
  const auto element =
      asked == Precision::kBf16x3 ? kernels::ElementType::kBf16x2 : kernels::ElementType::kBf16;
  const auto found = std::find_if(all.begin(), all.end(), [&](const kernels::ConvVariant& v) {
    return v.element() == element;
  });
  return {found, static_cast<std::size_t>(found != all.end())};
}

}  // namespace

TileKernels tile_kernels(Precision asked, const kernels::CpuFeatures& cpu) {
  if (asked == Precision::kF32) return {};
  const bool emulated = emulation_is_asked_for();
  const char* why = emulated ? nullptr : why_no_tiles(cpu);
  if (why) return {.decision = stays_f32(asked, why)};
  const auto all = emulated ? kernels::tile_conv_test_variants() : kernels::tile_conv_variants();
  return {.decision = {asked, asked, {}}, .variants = permitted(asked, all), .emulated = emulated};
}

}  // namespace u2net::engine
