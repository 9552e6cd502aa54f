// SPDX-License-Identifier: Apache-2.0
// A picture in memory: 8 bits per channel, rows from top to bottom without padding, channels
// interleaved. 1 = grey, 2 = grey + alpha, 3 = RGB, 4 = RGBA; alpha is straight (not
// premultiplied).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace u2net::imaging {

// Of what is taken as a picture, above any camera's.
inline constexpr int kMaxSide = 16384;
inline constexpr std::int64_t kMaxPixels = 100'000'000;

struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::uint8_t> pixels;  // [height][width][channels]
  std::vector<std::byte> icc = {};   // what the colours mean, where it is not sRGB: of RGB alone

  std::size_t row_bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  std::uint8_t* row(int y) { return pixels.data() + static_cast<std::size_t>(y) * row_bytes(); }
  const std::uint8_t* row(int y) const {
    return pixels.data() + static_cast<std::size_t>(y) * row_bytes();
  }
  bool has_alpha() const { return channels == 2 || channels == 4; }
  bool is_grey() const { return channels < 3; }
};

// Pixels of others, with any distance between rows. In `swapped` ones blue comes before red.
struct PixelView {
  const std::uint8_t* pixels = nullptr;
  int width = 0;
  int height = 0;
  int channels = 0;
  std::size_t stride = 0;  // bytes from row to row
  bool swapped = false;

  PixelView() = default;
  PixelView(const std::uint8_t* first, int w, int h, int c, std::size_t row_to_row, bool blue_first)
      : pixels(first), width(w), height(h), channels(c), stride(row_to_row), swapped(blue_first) {}
  PixelView(const Image& image)  // NOLINT: every Image is one
      : PixelView(image.pixels.data(), image.width, image.height, image.channels, image.row_bytes(),
                  false) {}

  const std::uint8_t* row(int y) const { return pixels + static_cast<std::size_t>(y) * stride; }
  bool has_alpha() const { return channels == 2 || channels == 4; }
  bool is_grey() const { return channels < 3; }
};

// All bytes set to `value`.
inline Image blank_image(int width, int height, int channels, std::uint8_t value = 0) {
  Image image{width, height, channels, {}};
  image.pixels.assign(image.row_bytes() * static_cast<std::size_t>(height), value);
  return image;
}

}  // namespace u2net::imaging
