// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/crop.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include "engine/base/error.h"

namespace u2net::cli {
using namespace engine;

CropMargin parse_crop_margin(const std::string& text) {
  const bool is_share = text.ends_with('%');
  const char* end = text.data() + text.size() - (is_share ? 1 : 0);
  double value = 0;
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || !(value >= 0 && value <= 1e6))
    throw Error(ErrorCode::kUsage, "--crop: '" + text + "' is neither pixels nor N%");
  return is_share ? CropMargin{0, value / 100} : CropMargin{value, 0};
}

Box subject_box(const imaging::Image& mask, const CropMargin& margin) {
  constexpr std::uint8_t kTrace = 16;  // of 255
  const auto shows = [](std::uint8_t level) { return level > kTrace; };
  int left = mask.width, right = -1, top = mask.height, bottom = -1;
  for (int y = 0; y < mask.height; ++y) {
    const std::uint8_t *row = mask.row(y), *end = row + mask.width;
    const std::uint8_t* first = std::find_if(row, end, shows);
    if (first == end) continue;
    const std::uint8_t* last = end - 1;
    while (!shows(*last)) --last;
    left = std::min(left, static_cast<int>(first - row));
    right = std::max(right, static_cast<int>(last - row));
    top = std::min(top, y);
    bottom = y;
  }
  if (right < 0) return {0, 0, mask.width, mask.height};
  const double wanted = margin.pixels + margin.share * std::max(right - left + 1, bottom - top + 1);
  const int around =
      static_cast<int>(std::min<double>(std::ceil(wanted), std::max(mask.width, mask.height)));
  left = std::max(left - around, 0);
  top = std::max(top - around, 0);
  right = std::min(right + around, mask.width - 1);
  bottom = std::min(bottom + around, mask.height - 1);
  return {left, top, right - left + 1, bottom - top + 1};
}

imaging::PixelView part_of(const imaging::PixelView& picture, const Box& box) {
  imaging::PixelView part = picture;
  part.pixels = picture.row(box.top) +
                static_cast<std::size_t>(box.left) * static_cast<std::size_t>(picture.channels);
  part.width = box.width;
  part.height = box.height;
  return part;
}

}  // namespace u2net::cli
