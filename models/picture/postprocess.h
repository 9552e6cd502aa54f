// SPDX-License-Identifier: Apache-2.0
// Network output to mask: (d - min) / (max - min), bilinear to the picture's size, times 255,
// truncated. The span between min and max is lost by this; it is reported so that a caller can tell
// a picture without an object (a narrow span) from a confident one. Where nothing comes near the
// confident end there is no subject, and what would be stretched is a ghost.
#pragma once

#include <span>

#include "models/picture/image.h"

namespace u2net::imaging {

// Of what a network with a sigmoid at its end says. Photos with a subject reach 0.8 to 1, walls,
// sky, lawn, gravel and noise at most 0.22.
inline constexpr float kSubjectLevel = 0.25f;

struct Mask {
  Image image;           // 1 channel, the picture's size
  float raw_min = 0.0f;  // of the finite values
  float raw_max = 0.0f;
  // Constant, not finite, or nowhere at kSubjectLevel: nothing to normalise, the mask is all 0.
  bool flat = false;
};

// `d0` is [net_h][net_w].
Mask make_mask(std::span<const float> d0, int net_h, int net_w, int width, int height);

}  // namespace u2net::imaging
