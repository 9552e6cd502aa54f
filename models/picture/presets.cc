// SPDX-License-Identifier: Apache-2.0
#include "models/picture/presets.h"

#include <array>
#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::imaging {
using namespace engine;
namespace {

constexpr std::array<float, 3> kOnes = {1.0f, 1.0f, 1.0f}, kHalves = {0.5f, 0.5f, 0.5f};
constexpr bool kDivides = true;

constexpr NetworkPreset kPresets[] = {
    {"u2net", kU2netPreset, 320},
    {"u2netp", kU2netPreset, 320},
    {"u2net_human_seg", kU2netPreset, 320},
    {"u2net_cloth_seg", kU2netPreset, 768, 4},  // upper body, lower body, both in one
    {"silueta", kU2netPreset, 320},
    {"isnet-general-use", {"isnet", kHalves, kOnes, kDivides, ChannelOrder::kRgb}, 1024},
    {"isnet-anime", {"anime", kU2netPreset.mean, kOnes, kDivides, ChannelOrder::kRgb}, 1024},
};
constexpr std::size_t kU2netOutputs = 7;

bool is_square(const Shape& image, std::int64_t side) {
  return image.size() == 4 && image[2] == side && image[3] == side;
}

}  // namespace

std::span<const NetworkPreset> network_presets() { return kPresets; }

const NetworkPreset& find_network_preset(std::string_view name) {
  std::string names;
  for (const NetworkPreset& preset : kPresets) {
    if (preset.name == name) return preset;
    append_word(names, preset.name);
  }
  throw_error(ErrorCode::kUsage, "there is no preset '", name, "'; known: ", names);
}

const NetworkPreset& network_preset_for(const Shape& image, std::size_t outputs,
                                        const Shape& first_output) {
  const NetworkPreset& clothes = find_network_preset("u2net_cloth_seg");
  if (is_square(image, clothes.side) && first_output.size() == 4 &&
      first_output[1] == clothes.classes) {
    return clothes;
  }
  const NetworkPreset& isnet = find_network_preset("isnet-general-use");
  return is_square(image, isnet.side) && outputs != kU2netOutputs ? isnet : kPresets[0];
}

}  // namespace u2net::imaging
