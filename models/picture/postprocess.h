// SPDX-License-Identifier: Apache-2.0
// Network output to mask: (d - min) / (max - min), bilinear to the picture's size, times 255,
// truncated. The span between min and max is lost by this; it is reported so that a caller can tell
// a picture without an object (a narrow span) from a confident one.
#pragma once

#include <span>

#include "models/picture/image.h"

namespace u2net::imaging {

struct Mask {
  Image image;           // 1 channel, the picture's size
  float raw_min = 0.0f;  // of the finite values
  float raw_max = 0.0f;
  bool flat = false;  // constant or non-finite prediction: nothing to normalise, the mask is all 0
};

// `d0` is [net_h][net_w].
Mask make_mask(std::span<const float> d0, int net_h, int net_w, int width, int height);

}  // namespace u2net::imaging
