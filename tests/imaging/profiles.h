// SPDX-License-Identifier: Apache-2.0
// ICC profiles made byte by byte, independent of the code under test, and what they mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tests/imaging/sample_files.h"

namespace u2net::imaging {

// The primaries of Adobe RGB with a curve of 563/256.
File rgb_profile();
std::array<double, 3> srgb_of_rgb_profile(const std::array<std::uint8_t, 3>& colour);
// Primaries and curve of sRGB.
File srgb_profile();
File grey_profile(double gamma);
// 255 times what sRGB makes of a share of light.
double srgb_level(double linear);
// Inks that multiply: cyan lets (0, 110, 200) of sRGB through where there is no other ink, magenta
// (255, 0, 255), yellow (255, 255, 0), and black nothing. Exact where each ink is all or nothing.
File ink_profile();

// The chunk of a PNG; no chunk for no profile.
File iccp_chunk(const File& icc);
// The JPEG with the profile in segments of at most `part` bytes of it, of which the last comes
// first.
File with_profile(const File& jpeg, const File& icc, std::size_t part = 60000);

}  // namespace u2net::imaging
