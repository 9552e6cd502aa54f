// SPDX-License-Identifier: Apache-2.0
// The formats that results are written in: PNG always, JPEG and WebP where the build has libjpeg
// and libwebp.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tools/imaging/picture_rows.h"

namespace u2net::imaging {

enum class OutputFormat { kPng, kJpeg, kWebp };
inline constexpr std::array<OutputFormat, 3> kOutputFormats = {
    OutputFormat::kPng, OutputFormat::kJpeg, OutputFormat::kWebp};

struct OutputOptions {
  OutputFormat format = OutputFormat::kPng;
  int quality = 0;   // 1 to 100 of JPEG and WebP; 0: 92 of JPEG, without loss of WebP
  int threads = 1;   // of PNG
  std::string mark;  // what the file says of itself, ASCII; see result_mark.h
};

// "png", "jpeg", "webp", and "jpg". Throws engine::Error: kUsage for a name that is none, or that
// of a format that this build cannot write.
OutputFormat find_output_format(std::string_view name);
// "png, jpeg, webp": those of this build.
std::string output_format_names();
// ".png", ".jpg", ".webp"
std::string_view ending_of(OutputFormat format);
// "image/png" and so on.
std::string_view media_type_of(OutputFormat format);
bool keeps_alpha(OutputFormat format);

// The bytes of a file. Throws engine::Error (kOutput) where the format has no room for such a
// picture, and std::bad_alloc.
std::vector<std::byte> encode(const PictureRows& picture, const OutputOptions& options);

}  // namespace u2net::imaging
