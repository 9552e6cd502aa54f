// SPDX-License-Identifier: Apache-2.0
// Binary PGM (P5) and PPM (P6). Read here and not by stb_image, which ignores the maximum value,
// takes 16-bit samples in the wrong byte order and leaves missing pixels uninitialised.
#pragma once

#include <string>

#include "models/picture/image.h"
#include "tools/imaging/bytes.h"

namespace u2net::imaging {

// `data` has passed read_pnm_header and its size the limits.
Image decode_pnm(Bytes data, const std::string& name);

}  // namespace u2net::imaging
