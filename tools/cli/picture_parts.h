// SPDX-License-Identifier: Apache-2.0
// The results of a picture and its mask, made by rows when a file is written.
#pragma once

#include "models/picture/compose.h"
#include "models/picture/image.h"
#include "tools/cli/background.h"
#include "tools/imaging/bytes.h"
#include "tools/imaging/picture_list.h"
#include "tools/imaging/picture_rows.h"

namespace u2net::cli {

using imaging::OutputKind;

// All of it has to stay while rows are made.
struct PictureParts {
  imaging::PixelView picture;
  imaging::PixelView subject;  // its colours, perhaps without those of the background
  imaging::PixelView mask;     // of the same size, as is `subject`
  const Background& background;
  imaging::Hidden hidden = imaging::Hidden::kCleared;
  imaging::Bytes icc = {};  // the picture's: what the colours of all results but masks mean
};

imaging::PictureRows rows_of(const PictureParts& parts, OutputKind kind);

}  // namespace u2net::cli
