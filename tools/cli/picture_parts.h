// SPDX-License-Identifier: Apache-2.0
// The results of a picture and its mask, made by rows when a file is written.
#pragma once

#include "models/picture/image.h"
#include "tools/cli/background.h"
#include "tools/cli/picture_list.h"
#include "tools/imaging/picture_rows.h"

namespace u2net::cli {

// All of it has to stay while rows are made.
struct PictureParts {
  imaging::PixelView picture;
  imaging::PixelView mask;  // of the same size
  const Background& background;
};

imaging::PictureRows rows_of(const PictureParts& parts, OutputKind kind);

}  // namespace u2net::cli
