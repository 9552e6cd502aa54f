// SPDX-License-Identifier: Apache-2.0
// Picture to network input: value / 255, bilinear to the network's size, divided by the largest
// value of the resized picture (1 where it is all black), minus mean, over std, as NCHW float32.
// Grey is used for all three channels. The network sees what a viewer does: colours of another
// space become sRGB, and what is transparent lies on white.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "models/picture/image.h"

namespace u2net::imaging {

enum class ChannelOrder { kRgb, kBgr };

// How a network's authors prepared their pictures; mean and std are in the network's channel order.
struct Preset {
  std::string_view name;
  std::array<float, 3> mean;
  std::array<float, 3> std;
  bool divide_by_max;
  ChannelOrder order;
};

// The pipeline of the authors of U2-Net.
inline constexpr Preset kU2netPreset = {
    "u2net", {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}, true, ChannelOrder::kRgb};

// Makes sRGB of so many RGB pixels, in place. An empty one: they are sRGB.
using ToSrgb = std::function<void(std::uint8_t* rgb, std::size_t pixels)>;

// [3][net_h][net_w]. Only pixels that count are converted.
std::vector<float> preprocess(const PixelView& picture, int net_h, int net_w,
                              const Preset& preset = kU2netPreset, const ToSrgb& to_srgb = {});

}  // namespace u2net::imaging
