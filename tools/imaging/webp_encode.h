// SPDX-License-Identifier: Apache-2.0
// Pictures to WebP, by libwebp.
#pragma once

#include <cstddef>
#include <vector>

#include "tools/imaging/output_format.h"

namespace u2net::imaging {

// Without loss, or with it where a quality is given.
std::vector<std::byte> encode_webp(const PictureRows& picture, const OutputOptions& options);

}  // namespace u2net::imaging
