// SPDX-License-Identifier: Apache-2.0
// Pictures made from a picture and its mask (1 channel, the same size). Pure integer arithmetic:
// where the mask is 255 the picture stays as it was, where it is 0 the background is pure.
// Throws engine::Error (kInputShape) where the sizes differ.
#pragma once

#include <array>
#include <cstdint>

#include "models/picture/image.h"

namespace u2net::imaging {

inline constexpr std::array<std::uint8_t, 3> kWhite = {255, 255, 255};

// Throws unless the mask is one, and of the picture's size.
void check_mask(const PixelView& picture, const PixelView& mask);

// What becomes of colours that nobody sees: where alpha is 0.
enum class Hidden { kCleared, kKept };

// RGBA with straight alpha: colours untouched, alpha = mask * the picture's own alpha. Hidden
// colours are cleared (0) unless they are to be kept: they are the background that was to go.
Image cutout(const PixelView& picture, const PixelView& mask, Hidden hidden = Hidden::kCleared);

// RGB: picture * alpha + background * (1 - alpha), truncated, as the authors' pipeline does.
Image on_background(const PixelView& picture, const PixelView& mask,
                    std::array<std::uint8_t, 3> background = kWhite);

// RGB: picture | mask | result, with white gaps of panel_gap() columns. Transparent parts show
// white.
Image panel(const PixelView& picture, const PixelView& mask, const PixelView& result);
// The same with gaps of so many columns: of some rows of a picture, those of all of it.
Image panel(const PixelView& picture, const PixelView& mask, const PixelView& result, int gap);
int panel_gap(int width, int height);

}  // namespace u2net::imaging
