// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/picture_parts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "models/picture/compose.h"
#include "tools/cli/crop.h"

namespace u2net::cli {
namespace {

using imaging::Image;
using imaging::PixelView;

PixelView band_of(const PixelView& picture, int first, int count) {
  return part_of(picture, {0, first, picture.width, count});
}

Image make_band(const PictureParts& parts, OutputKind kind, int first, int count) {
  const PixelView subject = band_of(parts.subject, first, count);
  const PixelView mask = band_of(parts.mask, first, count);
  if (kind == OutputKind::kCutout) return imaging::cutout(subject, mask, parts.hidden);
  Image result = before_background(subject, mask, parts.background, parts.picture.height, first);
  if (kind == OutputKind::kResult) return result;
  return imaging::panel(band_of(parts.picture, first, count), mask, result,
                        imaging::panel_gap(parts.picture.width, parts.picture.height));
}

void copy_rows(const PixelView& view, int first, int count, std::uint8_t* out) {
  const auto bytes = static_cast<std::size_t>(view.width) * static_cast<std::size_t>(view.channels);
  for (int y = first; y < first + count; ++y, out += bytes) std::copy_n(view.row(y), bytes, out);
}

}  // namespace

imaging::PictureRows rows_of(const PictureParts& parts, OutputKind kind) {
  const int width = parts.picture.width, height = parts.picture.height;
  if (kind == OutputKind::kMask) {
    return {width, height, 1, [parts](int first, int count, std::uint8_t* out) {
              copy_rows(parts.mask, first, count, out);
            }};
  }
  const auto make = [parts, kind](int first, int count, std::uint8_t* out) {
    const Image band = make_band(parts, kind, first, count);
    std::copy(band.pixels.begin(), band.pixels.end(), out);
  };
  const int gap = imaging::panel_gap(width, height);
  if (kind == OutputKind::kPanel) return {3 * width + 2 * gap, height, 3, make, parts.icc};
  const bool is_clear = kind == OutputKind::kCutout ||
                        (parts.background.picture.pixels.empty() && parts.background.alpha < 255);
  return {width, height, is_clear ? 4 : 3, make, parts.icc};
}

}  // namespace u2net::cli
