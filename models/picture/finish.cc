// SPDX-License-Identifier: Apache-2.0
#include "models/picture/finish.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <vector>

#include "models/picture/foreground.h"
#include "models/picture/refine.h"

namespace u2net::imaging {
namespace {

// The extreme of each pixel and its four neighbours, as far as there are any.
template <typename Pick>
Image over_cross(const Image& mask, Pick pick) {
  Image out = mask;
  const int right = mask.width - 1, bottom = mask.height - 1;
  for (int y = 0; y <= bottom; ++y) {
    const std::uint8_t *above = mask.row(std::max(0, y - 1)), *row = mask.row(y),
                       *below = mask.row(std::min(bottom, y + 1));
    std::uint8_t* dst = out.row(y);
    for (int x = 0; x <= right; ++x) {
      const std::uint8_t sides = pick(row[std::max(0, x - 1)], row[std::min(right, x + 1)]);
      dst[x] = pick(row[x], pick(sides, pick(above[x], below[x])));
    }
  }
  return out;
}

// exp(-x * x / 8), in parts of 256.
constexpr std::array<std::uint32_t, 5> kGaussian = {39, 57, 64, 57, 39};

// Mirrored at the edge, which itself stands once.
int mirrored(int i, int count) {
  if (count == 1) return 0;
  const int period = 2 * (count - 1);
  const int at = std::abs(i) % period;
  return at < count ? at : period - at;
}

Image blurred(const Image& mask) {
  Image out = mask;
  std::vector<std::uint32_t> down(static_cast<std::size_t>(mask.width));
  for (int y = 0; y < mask.height; ++y) {
    std::fill(down.begin(), down.end(), 0);
    for (int k = 0; k < 5; ++k) {
      const std::uint8_t* row = mask.row(mirrored(y + k - 2, mask.height));
      const std::uint32_t weight = kGaussian[static_cast<std::size_t>(k)];
      for (std::size_t x = 0; x < down.size(); ++x) down[x] += weight * row[x];
    }
    for (int x = 0; x < mask.width; ++x) {
      std::uint32_t sum = 1U << 15;
      for (int k = 0; k < 5; ++k) {
        sum += kGaussian[static_cast<std::size_t>(k)] *
               down[static_cast<std::size_t>(mirrored(x + k - 2, mask.width))];
      }
      out.row(y)[x] = static_cast<std::uint8_t>(sum >> 16);
    }
  }
  return out;
}

}  // namespace

void post_process(Image& mask) {
  const auto least = [](std::uint8_t a, std::uint8_t b) { return std::min(a, b); };
  const auto most = [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); };
  mask = blurred(over_cross(over_cross(mask, least), most));
  for (std::uint8_t& level : mask.pixels) level = level < 127 ? 0 : 255;
}

void finish_mask(const PixelView& picture, const Finish& finish, Image& mask) {
  if (finish.refine) mask = refine_mask(picture, mask);
  if (finish.post_process) post_process(mask);
}

std::optional<Image> finish_colours(const PixelView& picture, const PixelView& mask,
                                    const Finish& finish) {
  if (!finish.decontaminate) return {};
  return foreground(picture, mask);
}

}  // namespace u2net::imaging
