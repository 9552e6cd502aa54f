// SPDX-License-Identifier: Apache-2.0
// JPEG, PNG and BMP through stb_image, whose header is included by stb_decode.cc alone.
#pragma once

#include <string>

#include "models/picture/image.h"
#include "tools/imaging/bytes.h"
#include "tools/imaging/header.h"

namespace u2net::imaging {

// `header` has come from read_*_header on the same bytes and its size has passed the limits.
Image stb_decode(Bytes data, const Header& header, const char* format, const std::string& name);

}  // namespace u2net::imaging
