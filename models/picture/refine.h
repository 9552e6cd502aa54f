// SPDX-License-Identifier: Apache-2.0
// A mask whose edges follow those of the picture. The network draws it at its own size, a tenth of
// a photograph's; blown up, its edges are a soft band. Here the mask is taken for a function of the
// colours, linear within any small window, as in the fast guided filter (K. He and J. Sun, "Fast
// Guided Filter", arXiv:1505.00996): mask ~ a . colour + b, least squares over each window of the
// picture made small, then a and b, which are smooth, are blown up and meet the colours of all
// pixels, and what comes out is stretched a little. Where a whole window is sure (all subject or
// none) the mask stays as it is.
#pragma once

#include "models/picture/image.h"

namespace u2net::imaging {

// `mask` has one channel and the picture's size. What is transparent counts as white.
Image refine_mask(const PixelView& picture, const PixelView& mask);

}  // namespace u2net::imaging
