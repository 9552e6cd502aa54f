// SPDX-License-Identifier: Apache-2.0
#include "models/picture/foreground.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "models/picture/pixel.h"
#include "models/picture/resize.h"

namespace u2net::imaging {
namespace {

// For a picture of 1024 pixels; larger ones have larger windows.
constexpr int kUsualSide = 1024, kLargeRadius = 45, kSmallRadius = 3, kBlock = 4;
constexpr int kBlockRadius = kLargeRadius / kBlock;

// The mask's word is raised to the share that the colours show: how far a pixel is from the ground,
// of how far the subject is. Distances within so much of the ground's own spread show nothing, and
// subjects closer to the ground than this cannot be told from it. Chosen on pictures whose truth is
// known (tools/measure_edges).
constexpr float kOwnSpread = 0.35f, kLeastDistance = 12.0f;

using Colour = std::array<float, 3>;

float colour_distance(const Colour& a, const Colour& b) {
  const float x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
  return std::sqrt(x * x + y * y + z * z);
}

// Sums over a window: of the subject's colours and of the background's, with their weights.
struct Sums {
  // subject: 3 colours and weight; background: the same, and the squares of its colours
  std::array<float, 9> of{};

  Sums& operator+=(const Sums& other) {
    for (std::size_t i = 0; i < of.size(); ++i) of[i] += other.of[i];
    return *this;
  }
  Sums& operator-=(const Sums& other) {
    for (std::size_t i = 0; i < of.size(); ++i) of[i] -= other.of[i];
    return *this;
  }
  Colour mean(std::size_t first) const {
    const float weight = std::max(of[first + 3], 1e-3f);
    return {of[first] / weight, of[first + 1] / weight, of[first + 2] / weight};
  }
  Colour subject() const { return mean(0); }
  Colour background() const { return mean(4); }
  // The standard deviation of the background's colours.
  float background_spread() const {
    const Colour middle = background();
    float variance = of[8] / std::max(of[7], 1e-3f);
    for (float c : middle) variance -= c * c;
    return std::sqrt(std::max(variance, 0.0f));
  }
};

Sums between(const Sums& a, const Sums& b, float weight) {
  Sums sums;
  for (std::size_t i = 0; i < sums.of.size(); ++i)
    sums.of[i] = a.of[i] + (b.of[i] - a.of[i]) * weight;
  return sums;
}

// The sums of the large windows, one for each block of pixels.
class Blocks {
 public:
  Blocks(const PixelView& picture, const PixelView& mask, int side)
      : width_((picture.width + side - 1) / side),
        height_((picture.height + side - 1) / side),
        sums_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_)) {
    for (int y = 0; y < picture.height; ++y) {
      for (int x = 0; x < picture.width; ++x) add(picture, mask, x, y, at(x / side, y / side));
    }
    for (int y = 0; y < height_; ++y) blur(&at(0, y), width_, 1);
    for (int x = 0; x < width_; ++x) blur(&at(x, 0), height_, width_);
    across_ = taps(width_, side, picture.width);
    down_ = taps(height_, side, picture.height);
  }

  // Around one pixel of the picture.
  Sums around(int x, int y) const {
    const Tap &column = across_[static_cast<std::size_t>(x)],
              &row = down_[static_cast<std::size_t>(y)];
    return between(between(at(column.low, row.low), at(column.high, row.low), column.weight),
                   between(at(column.low, row.high), at(column.high, row.high), column.weight),
                   row.weight);
  }

 private:
  static void add(const PixelView& picture, const PixelView& mask, int x, int y, Sums& sums) {
    const Rgba pixel = rgba_at(picture, x, y);
    const float own = static_cast<float>(pixel.alpha) / (255 * 255);
    const float front = own * static_cast<float>(mask.row(y)[x]);
    const float back = own * 255 - front;
    for (std::size_t c = 0; c < 3; ++c) {
      const auto colour = static_cast<float>(pixel.colour[c]);
      sums.of[c] += front * colour;
      sums.of[4 + c] += back * colour;
      sums.of[8] += back * colour * colour;
    }
    sums.of[3] += front;
    sums.of[7] += back;
  }

  // In place, over what there is of each window.
  static void blur(Sums* line, int count, std::ptrdiff_t step) {
    std::vector<Sums> whole(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      Sums sums;
      for (int k = std::max(0, i - kBlockRadius); k <= std::min(count - 1, i + kBlockRadius); ++k)
        sums += line[k * step];
      whole[static_cast<std::size_t>(i)] = sums;
    }
    for (int i = 0; i < count; ++i) line[i * step] = whole[static_cast<std::size_t>(i)];
  }

  // Where pixels lie between the middles of blocks, of which the last may be narrower.
  static std::vector<Tap> taps(int blocks, int side, int pixels) {
    std::vector<Tap> all = bilinear_taps(blocks, blocks * side);
    all.resize(static_cast<std::size_t>(pixels));
    return all;
  }

  Sums& at(int x, int y) { return sums_[static_cast<std::size_t>(y * width_ + x)]; }
  const Sums& at(int x, int y) const { return sums_[static_cast<std::size_t>(y * width_ + x)]; }

  int width_, height_;
  std::vector<Sums> sums_;
  std::vector<Tap> across_, down_;
};

std::uint8_t level(float value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f) + 0.5f);
}

// F^ + m (I - m F^ - (1 - m) B^)
std::array<std::uint8_t, 3> fused(const Rgba& pixel, std::uint8_t mask, const Colour& front,
                                  const Sums& around) {
  const Colour seen = {static_cast<float>(pixel.colour[0]), static_cast<float>(pixel.colour[1]),
                       static_cast<float>(pixel.colour[2])};
  const Colour back = around.background();
  const float shown = colour_distance(seen, back) - kOwnSpread * around.background_spread();
  const float share = shown / std::max(colour_distance(front, back), kLeastDistance);
  const float m = std::max(static_cast<float>(mask) / 255.0f, std::min(share, 1.0f));
  std::array<std::uint8_t, 3> out{};
  for (std::size_t c = 0; c < 3; ++c)
    out[c] = level(front[c] + m * (seen[c] - m * front[c] - (1 - m) * back[c]));
  return out;
}

// The second, small window: sums of whole rows come and go as it moves down.
class SmallWindow {
 public:
  SmallWindow(const PixelView& picture, const PixelView& mask, const Blocks& blocks, int radius)
      : picture_(picture),
        mask_(mask),
        blocks_(blocks),
        radius_(radius),
        rows_(2 * static_cast<std::size_t>(radius) + 1),
        columns_(static_cast<std::size_t>(picture.width)),
        before_(columns_.size() + 1) {
    for (std::vector<Weighed>& row : rows_) row.resize(columns_.size());
    for (int y = 0; y < std::min(radius, picture.height); ++y) enter(y);
  }

  // To be called for all rows, from the top to the bottom.
  void write_row(int y, Image& out) {
    if (y + radius_ < picture_.height) enter(y + radius_);
    sum_up();
    std::uint8_t* dst = out.row(y);
    for (int x = 0; x < picture_.width; ++x, dst += out.channels) {
      const Rgba pixel = rgba_at(picture_, x, y);
      const std::uint8_t mask = mask_.row(y)[x];
      for (std::size_t c = 0; c < 3; ++c) dst[c] = static_cast<std::uint8_t>(pixel.colour[c]);
      if (out.channels == 4) dst[3] = static_cast<std::uint8_t>(pixel.alpha);
      if (mask == 0 || mask == 255) continue;
      const auto colours = fused(pixel, mask, subject_around(x), blocks_.around(x, y));
      std::copy(colours.begin(), colours.end(), dst);
    }
    if (y - radius_ >= 0) add(y - radius_, -1);
  }

 private:
  using Weighed = std::array<std::int32_t, 4>;  // colours times weight, weight
  using Total = std::array<std::int64_t, 4>;

  void enter(int y) {
    std::vector<Weighed>& row = rows_[static_cast<std::size_t>(y) % rows_.size()];
    for (int x = 0; x < picture_.width; ++x) {
      const Rgba pixel = rgba_at(picture_, x, y);
      const std::uint8_t mask = mask_.row(y)[x];
      const auto weight = static_cast<std::int32_t>(mask * pixel.alpha / 255);
      Weighed& weighed = row[static_cast<std::size_t>(x)];
      weighed = {0, 0, 0, weight};
      if (weight == 0) continue;
      std::array<std::uint8_t, 3> colours{};
      std::copy(std::begin(pixel.colour), std::end(pixel.colour), colours.begin());
      if (mask != 255) {
        const Sums sums = blocks_.around(x, y);
        colours = fused(pixel, mask, sums.subject(), sums);
      }
      for (std::size_t c = 0; c < 3; ++c) weighed[c] = colours[c] * weight;
    }
    add(y, 1);
  }

  void add(int y, std::int32_t sign) {
    const std::vector<Weighed>& row = rows_[static_cast<std::size_t>(y) % rows_.size()];
    for (std::size_t x = 0; x < columns_.size(); ++x) {
      for (std::size_t c = 0; c < 4; ++c) columns_[x][c] += sign * row[x][c];
    }
  }

  // before_[x]: of all columns to the left of x.
  void sum_up() {
    for (std::size_t x = 0; x < columns_.size(); ++x) {
      for (std::size_t c = 0; c < 4; ++c) before_[x + 1][c] = before_[x][c] + columns_[x][c];
    }
  }

  Colour subject_around(int x) const {
    const Total& low = before_[static_cast<std::size_t>(std::max(0, x - radius_))];
    const Total& high =
        before_[static_cast<std::size_t>(std::min(picture_.width, x + radius_ + 1))];
    const float weight = static_cast<float>(std::max<std::int64_t>(1, high[3] - low[3]));
    Colour mean{};
    for (std::size_t c = 0; c < 3; ++c) mean[c] = static_cast<float>(high[c] - low[c]) / weight;
    return mean;
  }

  const PixelView picture_, mask_;
  const Blocks& blocks_;
  int radius_;
  std::vector<std::vector<Weighed>> rows_;  // of the window, by y
  std::vector<Weighed> columns_;            // their sums
  std::vector<Total> before_;
};

}  // namespace

Image foreground(const PixelView& picture, const PixelView& mask) {
  const int scale =
      std::max(1, (std::max(picture.width, picture.height) + kUsualSide / 2) / kUsualSide);
  const Blocks blocks(picture, mask, kBlock * scale);
  SmallWindow window(picture, mask, blocks, kSmallRadius * scale);
  Image out = blank_image(picture.width, picture.height, picture.has_alpha() ? 4 : 3);
  for (int y = 0; y < picture.height; ++y) window.write_row(y, out);
  return out;
}

}  // namespace u2net::imaging
