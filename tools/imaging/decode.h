// SPDX-License-Identifier: Apache-2.0
// Picture files to pixels: JPEG, PNG, BMP and binary PNM, told by their bytes. 16-bit samples
// become 8-bit, palettes colours, CMYK RGB; the Exif orientation is applied, so the result is
// upright. A profile of RGB colours is kept (Image::icc); greys and CMYK with one become sRGB.
// Throws engine::Error: kInputNotFound, kInputFormat or kInputLimit. Safe to call from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/picture/image.h"

namespace u2net::imaging {

// Checked before any pixel is decoded.
struct DecodeLimits {
  int max_side = kMaxSide;
  std::int64_t max_pixels = kMaxPixels;
  std::int64_t max_file_bytes = std::int64_t{256} << 20;  // of load_image
};

// What a profile means for pixels: one of RGB goes with them, greys become those of sRGB.
void apply_profile(Image& image, std::vector<std::byte> icc);

// By its header alone, as it is stored (Exif may turn it).
struct PictureSize {
  std::int64_t width = 0, height = 0;
};

// `before_pixels` is called once the limits are checked; what it throws is thrown.
Image decode_image(std::span<const std::byte> data, const std::string& name_for_errors,
                   const DecodeLimits& limits = {},
                   const std::function<void(const PictureSize&)>& before_pixels = {});
Image load_image(const std::filesystem::path& path, const DecodeLimits& limits = {});

}  // namespace u2net::imaging
