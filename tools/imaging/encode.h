// SPDX-License-Identifier: Apache-2.0
// Pictures to PNG bytes, 8 bits per channel, all four channel counts, with the profile of their
// colours.
//
// A picture is cut into bands of about 1 MiB, by its size alone; each is filtered and deflated by
// itself, on any thread, into an IDAT chunk of its own. The bytes are the same for any number of
// threads; what bands cost in size (they do not look back at each other) is below 1 %.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/picture/image.h"
#include "tools/imaging/picture_rows.h"

namespace u2net::imaging {

struct PngOptions {
  int threads = 1;
  // tEXt chunks before the pixels: keyword and text, both Latin-1 and without zero bytes.
  std::vector<std::pair<std::string, std::string>> texts = {};
};

// Throws engine::Error (kOutput) for an empty picture or one that PNG has no room for, and
// std::bad_alloc.
std::vector<std::byte> encode_png(const PictureRows& picture, const PngOptions& options = {});
std::vector<std::byte> encode_png(const Image& image, const PngOptions& options = {});

}  // namespace u2net::imaging
