// SPDX-License-Identifier: Apache-2.0
// One pixel of a picture, whatever its channels.
#pragma once

#include <array>
#include <cstdint>

#include "models/picture/image.h"

namespace u2net::imaging {

struct Rgba {
  std::uint32_t colour[3];
  std::uint32_t alpha;
};
using Rgb = std::array<std::uint8_t, 3>;

inline Rgba rgba_at(const PixelView& image, int x, int y) {
  const std::uint8_t* p = image.row(y) + x * image.channels;
  const std::uint32_t alpha = image.has_alpha() ? p[image.channels - 1] : 255;
  if (image.is_grey()) return {{p[0], p[0], p[0]}, alpha};
  if (image.swapped) return {{p[2], p[1], p[0]}, alpha};
  return {{p[0], p[1], p[2]}, alpha};
}

inline std::uint8_t on_white(std::uint32_t colour, std::uint32_t alpha) {
  return static_cast<std::uint8_t>((colour * alpha + 255 * (255 - alpha) + 127) / 255);
}

inline Rgb seen_on_white(const PixelView& image, int x, int y) {
  const Rgba pixel = rgba_at(image, x, y);
  return {on_white(pixel.colour[0], pixel.alpha), on_white(pixel.colour[1], pixel.alpha),
          on_white(pixel.colour[2], pixel.alpha)};
}

}  // namespace u2net::imaging
