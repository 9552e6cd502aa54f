// SPDX-License-Identifier: Apache-2.0
// What networks of the U2-Net family were trained on, as a table: how pictures are prepared, at
// which size, and what the first output means.
#pragma once

#include <span>
#include <string_view>

#include "engine/graph/tensor.h"
#include "models/picture/preprocess.h"

namespace u2net::imaging {
using namespace engine;

struct NetworkPreset {
  std::string_view name;
  Preset pixels;
  int side;  // of the square that the network sees, where the model leaves it open
  int classes =
      1;  // of the first output: 1 is a mask, more are scores, those of class 0 the background's
};

std::span<const NetworkPreset> network_presets();
// Throws kUsage.
const NetworkPreset& find_network_preset(std::string_view name);
// That of U2-Net, but where the declared shapes are those of another network alone: an image of
// 1024x1024 and other than seven outputs is IS-Net's, one of 768x768 and four classes the clothes'.
const NetworkPreset& network_preset_for(const Shape& image, std::size_t outputs,
                                        const Shape& first_output);

}  // namespace u2net::imaging
