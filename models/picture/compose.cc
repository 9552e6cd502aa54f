// SPDX-License-Identifier: Apache-2.0
#include "models/picture/compose.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "models/picture/pixel.h"

namespace u2net::imaging {
using namespace engine;
namespace {

std::string size_text(const PixelView& image) {
  return str_cat(image.width, "x", image.height, "x", image.channels);
}

void check_same_size(const PixelView& picture, const PixelView& other, const char* what) {
  if (picture.width != other.width || picture.height != other.height) {
    throw_error(ErrorCode::kInputShape, what, " of ", size_text(other),
                " does not fit the picture of ", size_text(picture));
  }
}

// `weight` of `whole` parts colour, the rest background.
std::uint8_t mix(std::uint32_t colour, std::uint32_t background, std::uint32_t weight,
                 std::uint32_t whole) {
  return static_cast<std::uint8_t>((colour * weight + background * (whole - weight)) / whole);
}

bool is_opaque_rgb(const PixelView& image) { return image.channels == 3 && !image.swapped; }

// floor(value / 255) for values up to 255 * 255, without a division.
inline std::uint8_t over_255(std::uint32_t value) {
  return static_cast<std::uint8_t>((value + 1 + ((value + 1) >> 8)) >> 8);
}

// mix() where the picture has no alpha: weight and whole both lose a factor of 255.
void mix_opaque_row(const std::uint8_t* picture, const std::uint8_t* mask, int width,
                    const std::array<std::uint8_t, 3>& background, std::uint8_t* out) {
  for (int x = 0; x < width; ++x, picture += 3, out += 3) {
    const std::uint32_t weight = mask[x], rest = 255 - weight;
    out[0] = over_255(picture[0] * weight + background[0] * rest);
    out[1] = over_255(picture[1] * weight + background[1] * rest);
    out[2] = over_255(picture[2] * weight + background[2] * rest);
  }
}

void paste_on_white(const PixelView& source, Image& target, int left) {
  for (int y = 0; y < source.height; ++y) {
    std::uint8_t* out = target.row(y) + left * target.channels;
    if (is_opaque_rgb(source)) {
      std::copy_n(source.row(y), 3 * static_cast<std::size_t>(source.width), out);
      continue;
    }
    for (int x = 0; x < source.width; ++x) {
      const Rgba pixel = rgba_at(source, x, y);
      for (std::uint32_t colour : pixel.colour) *out++ = mix(colour, 255, pixel.alpha, 255);
    }
  }
}

}  // namespace

void check_mask(const PixelView& picture, const PixelView& mask) {
  check_same_size(picture, mask, "a mask");
  if (mask.channels != 1) {
    throw_error(ErrorCode::kInputShape, "a mask needs 1 channel, this one has ", mask.channels);
  }
}

Image cutout(const PixelView& picture, const PixelView& mask, Hidden hidden) {
  check_mask(picture, mask);
  Image out = blank_image(picture.width, picture.height, 4);
  std::uint8_t* dst = out.pixels.data();
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const Rgba pixel = rgba_at(picture, x, y);
      const std::uint32_t alpha = (pixel.alpha * mask.row(y)[x] + 127) / 255;
      const bool clear = alpha == 0 && hidden == Hidden::kCleared;
      for (std::uint32_t colour : pixel.colour)
        *dst++ = static_cast<std::uint8_t>(clear ? 0 : colour);
      *dst++ = static_cast<std::uint8_t>(alpha);
    }
  }
  return out;
}

Image on_background(const PixelView& picture, const PixelView& mask,
                    std::array<std::uint8_t, 3> background) {
  check_mask(picture, mask);
  constexpr std::uint32_t kWhole = 255 * 255;
  Image out = blank_image(picture.width, picture.height, 3);
  std::uint8_t* dst = out.pixels.data();
  for (int y = 0; y < picture.height; ++y) {
    if (is_opaque_rgb(picture)) {
      mix_opaque_row(picture.row(y), mask.row(y), picture.width, background, dst);
      dst += out.row_bytes();
      continue;
    }
    for (int x = 0; x < picture.width; ++x) {
      const Rgba pixel = rgba_at(picture, x, y);
      const std::uint32_t weight = pixel.alpha * mask.row(y)[x];
      for (std::size_t c = 0; c < 3; ++c) {
        *dst++ = mix(pixel.colour[c], background[c], weight, kWhole);
      }
    }
  }
  return out;
}

int panel_gap(int width, int height) {
  // 8 columns for a picture of 512x512; visible on small ones.
  return std::max(2, static_cast<int>((static_cast<std::int64_t>(width) + height) / 128));
}

Image panel(const PixelView& picture, const PixelView& mask, const PixelView& result) {
  return panel(picture, mask, result, panel_gap(picture.width, picture.height));
}

Image panel(const PixelView& picture, const PixelView& mask, const PixelView& result, int gap) {
  check_mask(picture, mask);
  check_same_size(picture, result, "a result");
  const int step = picture.width + gap;
  Image out = blank_image(2 * step + picture.width, picture.height, 3, 255);
  paste_on_white(picture, out, 0);
  paste_on_white(mask, out, step);
  paste_on_white(result, out, 2 * step);
  return out;
}

}  // namespace u2net::imaging
