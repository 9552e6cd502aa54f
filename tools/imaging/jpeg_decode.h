// SPDX-License-Identifier: Apache-2.0
// Plain JPEGs, grey or YCbCr, by libjpeg: with libjpeg-turbo's vector code twice to three times as
// fast as stb_image on photos, and the same pixels as in other programs, most of which use it. They
// differ from stb_image's by one level of 255 here and there, in one value of a hundred by two or
// three.
#pragma once

#include <optional>

#include "models/picture/image.h"
#include "tools/imaging/bytes.h"
#include "tools/imaging/header.h"

namespace u2net::imaging {

// Nothing where the build has no libjpeg, or where libjpeg finds anything odd: stb_image then says
// what the file is. `header` as for stb_decode().
std::optional<Image> decode_plain_jpeg(Bytes data, const Header& header);

}  // namespace u2net::imaging
