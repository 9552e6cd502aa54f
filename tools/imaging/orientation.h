// SPDX-License-Identifier: Apache-2.0
// The Exif orientation tag: 1 = upright, 2..8 = mirrored and/or turned, as the camera was held.
#pragma once

#include "models/picture/image.h"
#include "tools/imaging/bytes.h"

namespace u2net::imaging {

// `exif` is a TIFF structure without the "Exif\0\0" in front. Damaged or absent metadata do not
// spoil a readable picture: they give 1.
int exif_orientation(Bytes exif);

// The picture as it was meant to be seen.
Image upright(Image image, int orientation);

}  // namespace u2net::imaging
