// SPDX-License-Identifier: Apache-2.0
// Formats that other libraries read, where the build has them: WebP by libwebp, TIFF by libtiff,
// GIF (its first frame) by giflib, HEIF and AVIF by libheif.
#pragma once

#include <string>

#include "models/picture/image.h"
#include "tools/imaging/format.h"
#include "tools/imaging/header.h"

namespace u2net::imaging {

struct Codec {
  // The size alone, without decoding. Throws as read_png_header() does.
  Header (*read_header)(Bytes data, const std::string& name);
  // The size has passed the limits. What the library takes is bounded by it.
  Image (*decode)(Bytes data, const Header& header, const std::string& name);
};

// Null where this build does not have it.
const Codec* find_codec(Format format);
// "WebP, TIFF, GIF, HEIF": those of this build.
std::string codec_names();
// "WebP (libwebp), TIFF (libtiff)": the others, and what a build with them needs.
std::string missing_codecs();
// What a build needs to read it: "libtiff"; null for what no build reads, or all do.
const char* library_of(Format format);

// Of the files codec_*.cc, which are empty where the library is missing.
extern const Codec kWebpCodec, kTiffCodec, kGifCodec, kHeifCodec, kAvifCodec;

// For their headers: nothing is known of the amount of data.
Header size_only(std::int64_t width, std::int64_t height, const char* format,
                 const std::string& name);

}  // namespace u2net::imaging
