// SPDX-License-Identifier: Apache-2.0
#include "models/picture/preprocess.h"

#include <algorithm>

#include "models/picture/resize.h"

namespace u2net::imaging {
namespace {

std::array<float, 256> make_unit_values() {
  std::array<float, 256> values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 255.0f;
  return values;
}

// Channel of the picture that feeds channel `c` of the network.
int source_channel(const PixelView& picture, int c, ChannelOrder order) {
  if (picture.is_grey()) return 0;
  return (order == ChannelOrder::kBgr) == picture.swapped ? c : 2 - c;
}

}  // namespace

std::vector<float> preprocess(const PixelView& picture, int net_h, int net_w,
                              const Preset& preset) {
  const std::array<float, 256> unit = make_unit_values();
  std::vector<float> input;  // [3][net_h][net_w]
  input.reserve(3 * static_cast<std::size_t>(net_h) * static_cast<std::size_t>(net_w));
  for (int c = 0; c < 3; ++c) {
    const int channel = source_channel(picture, c, preset.order);
    bilinear_rows(
        picture.height, picture.width, net_h, net_w,
        [&](int y, int x) { return unit[picture.row(y)[x * picture.channels + channel]]; },
        [&](int, const float* row) { input.insert(input.end(), row, row + net_w); });
  }

  const float largest = *std::max_element(input.begin(), input.end());
  const float divisor = preset.divide_by_max && largest > 0.0f ? largest : 1.0f;
  const std::size_t plane = input.size() / 3;
  for (std::size_t i = 0; i < input.size(); ++i) {
    const std::size_t c = i / plane;
    input[i] = (input[i] / divisor - preset.mean[c]) / preset.std[c];
  }
  return input;
}

}  // namespace u2net::imaging
