// SPDX-License-Identifier: Apache-2.0
// The subject's own colours. At a soft edge a pixel is a mixture, I = m F + (1 - m) B, and the
// background shines through a cutout that shows I. F is estimated by fusing blurs (M. Forte,
// "Approximate Fast Foreground Colour Estimation", ICIP 2021): F^ is the mean of what is known of F
// in a large window, weighted by m; B^ that of the picture weighted by 1 - m; then
// F = F^ + m (I - m F^ - (1 - m) B^), and once more with a small window over that F. The large
// windows are taken over blocks of pixels, whose sums are a small picture of their own, and the
// second time B^ is kept: it is smooth. A network misses hair: where m is small though the pixel is
// as far from the ground's colours as the subject is, F^ would paint it over with the mean of what
// is near. So m, here alone, is no less than |I - B^| / |F^ - B^|.
#pragma once

#include "models/picture/image.h"

namespace u2net::imaging {

// RGB, or RGBA with the picture's alpha: other than the picture where the mask is neither 0 nor
// 255.
Image foreground(const PixelView& picture, const PixelView& mask);

}  // namespace u2net::imaging
