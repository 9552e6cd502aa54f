// SPDX-License-Identifier: Apache-2.0
#include "models/picture/preprocess.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "models/picture/pixel.h"
#include "models/picture/resize.h"

namespace u2net::imaging {
namespace {

std::array<float, 256> make_unit_values() {
  std::array<float, 256> values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 255.0f;
  return values;
}

// The pixels of one row between which the network's are blended, as a viewer shows them.
class SeenRow {
 public:
  SeenRow(const PixelView& picture, const std::vector<Tap>& across, const ToSrgb& to_srgb)
      : picture_(picture), across_(across), to_srgb_(to_srgb), rgb_(6 * across.size()) {}

  // [net_w][low and high][red, green, blue], valid until the next call.
  const std::uint8_t* read(int y) {
    std::uint8_t* out = rgb_.data();
    for (const Tap& tap : across_) {
      for (int x : {tap.low, tap.high}) {
        const Rgba pixel = rgba_at(picture_, x, y);
        for (const std::uint32_t level : pixel.colour) *out++ = static_cast<std::uint8_t>(level);
      }
    }
    if (to_srgb_) to_srgb_(rgb_.data(), 2 * across_.size());
    if (picture_.has_alpha()) flatten(picture_.row(y));
    return rgb_.data();
  }

 private:
  void flatten(const std::uint8_t* row) {
    std::uint8_t* out = rgb_.data();
    for (const Tap& tap : across_) {
      for (int x : {tap.low, tap.high}) {
        const std::uint32_t alpha = row[x * picture_.channels + picture_.channels - 1];
        for (int c = 0; c < 3; ++c, ++out) *out = on_white(*out, alpha);
      }
    }
  }

  const PixelView& picture_;
  const std::vector<Tap>& across_;
  const ToSrgb& to_srgb_;
  std::vector<std::uint8_t> rgb_;
};

// [3][net_h][net_w], 0 to 1, in the order of channels that is wanted.
std::vector<float> resized(const PixelView& picture, int net_h, int net_w, ChannelOrder order,
                           const ToSrgb& to_srgb) {
  const std::array<float, 256> unit = make_unit_values();
  const std::vector<Tap> across = bilinear_taps(picture.width, net_w);
  const auto width = static_cast<std::size_t>(net_w);
  const std::size_t plane = width * static_cast<std::size_t>(net_h);
  SeenRow seen(picture, across, to_srgb);
  std::vector<float> input(3 * plane);
  blended_rows(
      picture.height, net_h, 3 * width,
      [&](int y, float* row) {  // [3][net_w]
        const std::uint8_t* rgb = seen.read(y);
        for (std::size_t x = 0; x < width; ++x, rgb += 6) {
          for (std::size_t c = 0; c < 3; ++c) {
            const std::size_t from = order == ChannelOrder::kRgb ? c : 2 - c;
            row[c * width + x] = blend(unit[rgb[from]], unit[rgb[3 + from]], across[x].weight);
          }
        }
      },
      [&](int y, const float* row) {
        for (std::size_t c = 0; c < 3; ++c)
          std::copy_n(row + c * width, width,
                      input.begin() + static_cast<std::ptrdiff_t>(
                                          c * plane + static_cast<std::size_t>(y) * width));
      });
  return input;
}

// In lanes, which compilers make vectors of. No value is below 0.
float largest_of(std::span<const float> values) {
  std::array<float, 16> largest{};
  std::size_t i = 0;
  for (; i + largest.size() <= values.size(); i += largest.size()) {
    for (std::size_t k = 0; k < largest.size(); ++k)
      largest[k] = std::max(largest[k], values[i + k]);
  }
  for (; i < values.size(); ++i) largest[0] = std::max(largest[0], values[i]);
  return *std::max_element(largest.begin(), largest.end());
}

}  // namespace

std::vector<float> preprocess(const PixelView& picture, int net_h, int net_w, const Preset& preset,
                              const ToSrgb& to_srgb) {
  std::vector<float> input = resized(picture, net_h, net_w, preset.order, to_srgb);
  const float largest = preset.divide_by_max ? largest_of(input) : 0.0f;
  const float divisor = largest > 0.0f ? largest : 1.0f;
  const std::size_t plane = input.size() / 3;
  for (std::size_t c = 0; c < 3; ++c) {
    const float mean = preset.mean[c], deviation = preset.std[c];
    for (float& value : std::span(input).subspan(c * plane, plane))
      value = (value / divisor - mean) / deviation;
  }
  return input;
}

}  // namespace u2net::imaging
