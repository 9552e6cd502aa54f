// SPDX-License-Identifier: Apache-2.0
// Pictures without alpha to JPEG, by libjpeg.
#pragma once

#include <cstddef>
#include <vector>

#include "tools/imaging/output_format.h"

namespace u2net::imaging {

// Of one or three channels.
std::vector<std::byte> encode_jpeg(const PictureRows& picture, const OutputOptions& options);

}  // namespace u2net::imaging
