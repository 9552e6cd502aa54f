// SPDX-License-Identifier: Apache-2.0
// Pictures to PNG bytes, 8 bits per channel, all four channel counts; no metadata but the
// profile of RGB colours.
#pragma once

#include <cstddef>
#include <vector>

#include "models/picture/image.h"

namespace u2net::imaging {

// Throws engine::Error (kOutput) for an empty picture or one of more than 1 GiB, and
// std::bad_alloc.
std::vector<std::byte> encode_png(const Image& image);

}  // namespace u2net::imaging
