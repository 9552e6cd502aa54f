// SPDX-License-Identifier: Apache-2.0
// `run --crop`: the part of a picture that holds the subject.
#pragma once

#include <string>

#include "models/picture/image.h"

namespace u2net::cli {

struct CropMargin {
  double pixels = 0;
  double share = 0.05;  // of the subject's larger side
};

// "12" pixels or "5%". Throws engine::Error (kUsage).
CropMargin parse_crop_margin(const std::string& text);

struct Box {
  int left = 0, top = 0, width = 0, height = 0;
};

// Around what the mask shows of more than a trace, with the margin as far as the picture goes; all
// of it where the mask is empty.
Box subject_box(const imaging::Image& mask, const CropMargin& margin);

// A part of a picture, which has to stay.
imaging::PixelView part_of(const imaging::PixelView& picture, const Box& box);

}  // namespace u2net::cli
