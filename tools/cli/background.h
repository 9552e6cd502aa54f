// SPDX-License-Identifier: Apache-2.0
// What `run --background` puts behind a subject: a colour, or a picture scaled and cropped to cover
// all of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/picture/image.h"
#include "tools/imaging/decode.h"

namespace u2net::cli {

struct Background {
  std::array<std::uint8_t, 3> colour = {255, 255, 255};
  imaging::Image picture = {};  // none: the colour
  std::uint8_t alpha = 255;     // of the colour
};

// "#rgb", "#rrggbb", "r,g,b" or a name such as white; nothing where it is none of them.
std::optional<std::array<std::uint8_t, 3>> parse_colour(std::string_view text);

// What is transparent in the picture shows white.
Background picture_background(imaging::Image picture);

// A colour as above, or the path of a picture. Throws engine::Error: kUsage where it is neither,
// else as load_image() does.
Background parse_background(const std::string& text, const imaging::DecodeLimits& limits);

// The rows [first, first + count) of `picture`, with its own alpha and that of `mask`, before a
// background that covers width x height pixels of which they are a part. `picture` and `mask` hold
// these rows alone. RGB; RGBA before a colour that is not opaque.
imaging::Image before_background(const imaging::PixelView& picture, const imaging::PixelView& mask,
                                 const Background& background, int height, int first);

}  // namespace u2net::cli
