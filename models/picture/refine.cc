// SPDX-License-Identifier: Apache-2.0
#include "models/picture/refine.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "models/picture/pixel.h"
#include "models/picture/resize.h"

namespace u2net::imaging {
namespace {

// Chosen on pictures whose truth is known (tools/measure_edges).
constexpr int kWorkSide = 480;
constexpr int kRadius = 12;
constexpr float kEpsilon = 1e-4f;  // how much a colour must vary to say something
constexpr float kSure = 0.02f;     // from 0 and from 1
// A fit to a soft edge falls short of 0 and 1 on its sides by about as much as this stretches it.
constexpr float kStretch = 1.2f;

using Plane = std::vector<float>;  // [height][width] of the small picture

struct Small {
  int width, height;
  Plane colour[3];
  Plane mask;
  std::size_t size() const { return mask.size(); }
};

int bound_of(int i, int parts, int whole) {
  return static_cast<int>(static_cast<std::int64_t>(whole) * i / parts);
}

// Means over the blocks of pixels that each small pixel stands for; 0 to 1.
Small shrink(const PixelView& picture, const PixelView& mask) {
  const double scale =
      std::min(1.0, static_cast<double>(kWorkSide) / std::max(picture.width, picture.height));
  Small small{};
  small.width = std::max(1, static_cast<int>(std::lround(picture.width * scale)));
  small.height = std::max(1, static_cast<int>(std::lround(picture.height * scale)));
  const auto width = static_cast<std::size_t>(small.width);
  const std::size_t size = width * static_cast<std::size_t>(small.height);
  for (Plane& plane : small.colour) plane.resize(size);
  small.mask.resize(size);
  std::vector<std::array<std::uint32_t, 4>> sums(width);
  for (int y = 0; y < small.height; ++y) {
    sums.assign(width, {});
    const int top = bound_of(y, small.height, picture.height);
    const int bottom = bound_of(y + 1, small.height, picture.height);
    for (int row = top; row < bottom; ++row) {
      for (int x = 0; x < small.width; ++x) {
        auto& sum = sums[static_cast<std::size_t>(x)];
        const int right = bound_of(x + 1, small.width, picture.width);
        for (int column = bound_of(x, small.width, picture.width); column < right; ++column) {
          const Rgb seen = seen_on_white(picture, column, row);
          for (std::size_t c = 0; c < 3; ++c) sum[c] += seen[c];
          sum[3] += mask.row(row)[column];
        }
      }
    }
    for (int x = 0; x < small.width; ++x) {
      const int columns =
          bound_of(x + 1, small.width, picture.width) - bound_of(x, small.width, picture.width);
      const float whole = 255.0f * static_cast<float>(columns) * static_cast<float>(bottom - top);
      const std::size_t at = static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x);
      const auto& sum = sums[static_cast<std::size_t>(x)];
      for (std::size_t c = 0; c < 3; ++c) small.colour[c][at] = static_cast<float>(sum[c]) / whole;
      small.mask[at] = static_cast<float>(sum[3]) / whole;
    }
  }
  return small;
}

// Sums of values[i - kRadius .. i + kRadius], `step` apart, as far as they exist, over their
// number.
void window_means(const float* values, float* means, int count, std::size_t step) {
  double sum = 0;
  const auto at = [&](int i) { return values[static_cast<std::size_t>(i) * step]; };
  for (int i = 0; i < std::min(kRadius, count); ++i) sum += static_cast<double>(at(i));
  for (int i = 0; i < count; ++i) {
    if (i + kRadius < count) sum += static_cast<double>(at(i + kRadius));
    if (i - kRadius - 1 >= 0) sum -= static_cast<double>(at(i - kRadius - 1));
    const int number = std::min(i + kRadius, count - 1) - std::max(i - kRadius, 0) + 1;
    means[static_cast<std::size_t>(i) * step] = static_cast<float>(sum / number);
  }
}

Plane window_mean(const Small& small, const Plane& plane) {
  Plane across(plane.size()), both(plane.size());
  const auto width = static_cast<std::size_t>(small.width);
  for (std::size_t y = 0; y < static_cast<std::size_t>(small.height); ++y)
    window_means(&plane[y * width], &across[y * width], small.width, 1);
  for (std::size_t x = 0; x < width; ++x) window_means(&across[x], &both[x], small.height, width);
  return both;
}

Plane product(const Plane& a, const Plane& b) {
  Plane out(a.size());
  std::transform(a.begin(), a.end(), b.begin(), out.begin(), std::multiplies<>());
  return out;
}

using Three = std::array<float, 3>;

// The solution of a symmetric, positive definite system: [0 1 2; 1 3 4; 2 4 5] x = y.
Three solve(const std::array<float, 6>& m, const Three& y) {
  const double a = m[0], b = m[1], c = m[2], d = m[3], e = m[4], f = m[5];
  const double ca = d * f - e * e, cb = c * e - b * f, cc = b * e - c * d;
  const double cd = a * f - c * c, ce = b * c - a * e, cf = a * d - b * b;
  const double whole = a * ca + b * cb + c * cc;
  return {static_cast<float>((ca * y[0] + cb * y[1] + cc * y[2]) / whole),
          static_cast<float>((cb * y[0] + cd * y[1] + ce * y[2]) / whole),
          static_cast<float>((cc * y[0] + ce * y[1] + cf * y[2]) / whole)};
}

// mask ~ a . colour + b around each pixel: [3 of a, b].
using Fit = std::array<Plane, 4>;

Fit fit_windows(const Small& small) {
  const Plane mask = window_mean(small, small.mask);
  std::array<Plane, 3> mean, with_mask;
  std::array<Plane, 6> with_colour;  // the upper half, row by row
  for (std::size_t i = 0, k = 0; i < 3; ++i) {
    mean[i] = window_mean(small, small.colour[i]);
    with_mask[i] = window_mean(small, product(small.colour[i], small.mask));
    for (std::size_t j = i; j < 3; ++j)
      with_colour[k++] = window_mean(small, product(small.colour[i], small.colour[j]));
  }
  Fit fit;
  for (Plane& plane : fit) plane.resize(small.size());
  for (std::size_t at = 0; at < small.size(); ++at) {
    std::array<float, 6> covariance{};
    Three together{};
    for (std::size_t i = 0, k = 0; i < 3; ++i) {
      together[i] = with_mask[i][at] - mean[i][at] * mask[at];
      for (std::size_t j = i; j < 3; ++j, ++k)
        covariance[k] = with_colour[k][at] - mean[i][at] * mean[j][at] + (i == j ? kEpsilon : 0);
    }
    const Three a = solve(covariance, together);
    fit[3][at] = mask[at];
    for (std::size_t i = 0; i < 3; ++i) {
      fit[i][at] = a[i];
      fit[3][at] -= a[i] * mean[i][at];
    }
  }
  for (Plane& plane : fit) plane = window_mean(small, plane);
  return fit;
}

// Where nothing in a window is in doubt the mask is its own fit.
void keep_what_is_sure(const Small& small, Fit& fit) {
  Plane none(small.size()), all(small.size());
  for (std::size_t at = 0; at < small.size(); ++at) {
    none[at] = small.mask[at] < kSure ? 1.0f : 0.0f;
    all[at] = small.mask[at] > 1 - kSure ? 1.0f : 0.0f;
  }
  none = window_mean(small, none);
  all = window_mean(small, all);
  for (std::size_t at = 0; at < small.size(); ++at) {
    if (none[at] < 1.0f && all[at] < 1.0f) continue;
    for (std::size_t i = 0; i < 3; ++i) fit[i][at] = 0;
    fit[3][at] = small.mask[at];
  }
}

}  // namespace

Image refine_mask(const PixelView& picture, const PixelView& mask) {
  const Small small = shrink(picture, mask);
  Fit fit = fit_windows(small);
  keep_what_is_sure(small, fit);

  Image out = blank_image(picture.width, picture.height, 1);
  const std::vector<Tap> across = bilinear_taps(small.width, picture.width);
  const auto width = static_cast<std::size_t>(small.width);
  // Rows of the small picture, [width][4], become rows of the same width for each of the large one.
  blended_rows(
      small.height, picture.height, 4 * width,
      [&](int y, float* row) {
        for (std::size_t x = 0; x < width; ++x) {
          for (const Plane& plane : fit) *row++ = plane[static_cast<std::size_t>(y) * width + x];
        }
      },
      [&](int y, const float* row) {
        std::uint8_t* dst = out.row(y);
        for (int x = 0; x < picture.width; ++x) {
          const Tap& tap = across[static_cast<std::size_t>(x)];
          const float *low = row + 4 * tap.low, *high = row + 4 * tap.high;
          const auto at = [&](std::size_t i) { return low[i] + (high[i] - low[i]) * tap.weight; };
          const Rgb seen = seen_on_white(picture, x, y);
          float level = 255.0f * at(3);
          for (std::size_t c = 0; c < 3; ++c) level += at(c) * static_cast<float>(seen[c]);
          dst[x] = static_cast<std::uint8_t>(
              std::clamp(127.5f + kStretch * (level - 127.5f), 0.0f, 255.0f) + 0.5f);
        }
      });
  return out;
}

}  // namespace u2net::imaging
