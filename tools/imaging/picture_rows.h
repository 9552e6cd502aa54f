// SPDX-License-Identifier: Apache-2.0
// A picture that is made row by row when somebody asks for the rows: a cutout of a large photo need
// never be in memory as a whole, and threads make its parts at once.
#pragma once

#include <cstdint>
#include <functional>

#include "models/picture/image.h"
#include "tools/imaging/bytes.h"

namespace u2net::imaging {

struct PictureRows {
  int width = 0;
  int height = 0;
  int channels = 0;
  // Writes rows [first, first + count), without padding. From any thread, in any order, again.
  std::function<void(int first, int count, std::uint8_t* out)> make;
  Bytes icc = {};  // what the colours mean, where it is not sRGB; it has to stay
};

// Those of a picture that is there; it has to stay.
PictureRows rows_of(const Image& image);

}  // namespace u2net::imaging
