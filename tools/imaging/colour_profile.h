// SPDX-License-Identifier: Apache-2.0
// ICC profiles: what the numbers of a picture mean as colours. Little CMS computes what they are in
// sRGB, the space that networks were trained in; in a build without it profiles of RGB pictures are
// kept, and all numbers are taken for sRGB. Profiles are hostile: their sizes, and what they make
// the library ask for, are bounded. Throws std::bad_alloc and nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/picture/preprocess.h"
#include "tools/imaging/bytes.h"

namespace u2net::imaging {

// The largest that is looked at: what a JPEG file has room for. Those of printers have 3 MB.
inline constexpr std::size_t kMaxProfileBytes = 255 * 65519;

enum class ColourSpace { kNone, kGrey, kRgb, kCmyk };

// Whose pixels a profile describes, by its header alone; kNone for what is no profile of pixels.
ColourSpace profile_space(Bytes icc);

bool has_colour_management();

// Empty where the colours are sRGB as they are (within a level), or nothing better is known.
ToSrgb to_srgb(Bytes icc);

// The greys of sRGB that look like the 256 of the profile.
std::optional<std::array<std::uint8_t, 256>> grey_to_srgb(Bytes icc);

// `cmyk` is inverted, as JPEG files hold it: 0 is all ink. False where it cannot be done.
bool cmyk_to_srgb(Bytes icc, const std::uint8_t* cmyk, std::uint8_t* rgb, std::size_t pixels);

}  // namespace u2net::imaging
