// SPDX-License-Identifier: Apache-2.0
// Picture files to pixels: JPEG, PNG, BMP and binary PNM, told by their bytes. 16-bit samples
// become 8-bit, palettes colours, CMYK RGB; the Exif orientation is applied, so the result is
// upright. A profile of RGB colours is kept (Image::icc); greys and CMYK with one become sRGB.
// Throws engine::Error: kInputNotFound, kInputFormat or kInputLimit. Safe to call from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
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

Image decode_image(std::span<const std::byte> data, const std::string& name_for_errors,
                   const DecodeLimits& limits = {});
// By its header alone, as it is stored (Exif may turn it). Throws as decode_image() does.
struct PictureSize {
  std::int64_t width = 0, height = 0;
};
PictureSize picture_size(std::span<const std::byte> data, const std::string& name_for_errors,
                         const DecodeLimits& limits = {});
Image load_image(const std::filesystem::path& path, const DecodeLimits& limits = {});

}  // namespace u2net::imaging
