// SPDX-License-Identifier: Apache-2.0
// What masks, and the colours under them, go through before pictures are made of the two.
#pragma once

#include <optional>

#include "models/picture/compose.h"
#include "models/picture/image.h"

namespace u2net::imaging {

struct Finish {
  bool refine = false;         // edges follow the picture's: refine.h
  bool post_process = false;   // a clean mask without half tones
  bool decontaminate = false;  // no background in the subject's colours: foreground.h
  Hidden hidden = Hidden::kCleared;
};

// Specks go (an opening by a cross of 3x3), edges become smooth (a Gaussian of 5x5, sigma 2), and
// what is below 127 becomes 0, the rest 255: what rembg does of the same name.
void post_process(Image& mask);

void finish_mask(const PixelView& picture, const Finish& finish, Image& mask);
// The picture to make cutouts and results of, where it is another one.
std::optional<Image> finish_colours(const PixelView& picture, const PixelView& mask,
                                    const Finish& finish);

}  // namespace u2net::imaging
