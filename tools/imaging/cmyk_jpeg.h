// SPDX-License-Identifier: Apache-2.0
// JPEGs of four components. stb_image turns their ink into RGB without regard to a profile, and
// asks their Adobe segment what the components are.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "models/picture/image.h"
#include "tools/imaging/bytes.h"
#include "tools/imaging/header.h"

namespace u2net::imaging {

// The file with an Adobe segment that says what other programs assume: CMYK where there is none,
// YCCK where it says something unknown. Empty: the file is clear as it is.
std::vector<std::byte> with_clear_inks(Bytes data, const Header& header);

// By libjpeg and the file's profile: sRGB. Nothing in a build without libjpeg or Little CMS, or
// where the profile is of no use. Throws Error for a damaged file, and std::bad_alloc.
std::optional<Image> decode_cmyk_jpeg(Bytes data, const Header& header, const std::string& name);

}  // namespace u2net::imaging
