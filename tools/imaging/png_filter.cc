// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/png_filter.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace u2net::imaging {
namespace {

enum Filter : std::uint8_t { kNone, kSub, kUp, kAverage, kPaeth, kFilters };

// Compilers make vectors of twice as many of them as of int.
using Wide = std::int16_t;

constexpr Wide magnitude_of(Wide value) { return std::max(value, static_cast<Wide>(-value)); }

// Whichever of left, above and corner is nearest to left + above - corner, in this order.
inline std::uint8_t paeth(Wide left, Wide above, Wide corner) {
  const auto across = static_cast<Wide>(left - corner), down = static_cast<Wide>(above - corner);
  const Wide to_left = magnitude_of(down), to_above = magnitude_of(across);
  const Wide to_corner = magnitude_of(static_cast<Wide>(across + down));
  const Wide nearer = to_above <= to_corner ? above : corner;
  const bool is_left = (to_left <= to_above) & (to_left <= to_corner);
  return static_cast<std::uint8_t>(is_left ? left : nearer);
}

// What a filter foretells. The bytes left of the first pixel are zeros.
template <Filter kFilter>
inline std::uint8_t foretold(std::uint8_t left, std::uint8_t above, std::uint8_t corner) {
  if constexpr (kFilter == kSub) return left;
  if constexpr (kFilter == kUp) return above;
  if constexpr (kFilter == kAverage)
    return static_cast<std::uint8_t>(static_cast<std::uint16_t>(left + above) / 2);
  if constexpr (kFilter == kPaeth) return paeth(left, above, corner);
  return 0;
}

// Bytes [first, last) of a row, of which the first has one to its left.
template <Filter kFilter>
void filter_inner(const std::uint8_t* row, const std::uint8_t* above, std::size_t first,
                  std::size_t last, std::size_t pixel, std::uint8_t* __restrict out) {
  const std::uint8_t *left = row - pixel, *corner = above - pixel;
  for (std::size_t i = first; i < last; ++i) {
    out[i] = static_cast<std::uint8_t>(row[i] - foretold<kFilter>(left[i], above[i], corner[i]));
  }
}

using Inner = void (*)(const std::uint8_t*, const std::uint8_t*, std::size_t, std::size_t,
                       std::size_t, std::uint8_t* __restrict);
constexpr std::array<Inner, kFilters> kInner = {filter_inner<kNone>, filter_inner<kSub>,
                                                filter_inner<kUp>, filter_inner<kAverage>,
                                                filter_inner<kPaeth>};

std::uint8_t foretold_at_edge(Filter filter, int above) {
  if (filter == kAverage) return static_cast<std::uint8_t>(above / 2);
  return static_cast<std::uint8_t>(filter == kUp || filter == kPaeth ? above : 0);
}

// The sum of differences, each taken as a number of -128 to 127.
std::uint32_t magnitude(const std::uint8_t* values, std::size_t count) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i)
    sum += std::min(values[i], static_cast<std::uint8_t>(-values[i]));
  return sum;
}

// Stretches of a row that stand for all of it. A short row is one.
constexpr std::size_t kStretch = 64, kStretches = 16;

Filter choose_filter(const std::uint8_t* row, const std::uint8_t* above, std::size_t bytes,
                     std::size_t pixel) {
  if (bytes <= pixel) return kNone;
  const bool whole = bytes <= kStretch * kStretches + pixel;
  const std::size_t length = whole ? bytes - pixel : kStretch;
  const std::size_t count = whole ? 1 : kStretches;
  const std::size_t step = whole ? 0 : (bytes - pixel - kStretch) / (kStretches - 1);
  std::array<std::uint8_t, kStretch * kStretches> differences;
  Filter best = kNone;
  std::uint32_t least = ~0u;
  for (std::uint8_t f = kNone; f < kFilters; ++f) {
    std::uint32_t sum = 0;
    for (std::size_t s = 0; s < count; ++s) {
      const std::size_t at = pixel + s * step;
      kInner[f](row + at, above + at, 0, length, pixel, differences.data());
      sum += magnitude(differences.data(), length);
    }
    if (sum >= least) continue;
    best = static_cast<Filter>(f);
    least = sum;
  }
  return best;
}

}  // namespace

void filter_row(const std::uint8_t* row, const std::uint8_t* above, std::size_t bytes,
                std::size_t pixel, std::uint8_t* out) {
  const Filter filter = choose_filter(row, above, bytes, pixel);
  *out++ = filter;
  for (std::size_t i = 0; i < std::min(pixel, bytes); ++i)
    out[i] = static_cast<std::uint8_t>(row[i] - foretold_at_edge(filter, above[i]));
  if (bytes > pixel) kInner[filter](row, above, pixel, bytes, pixel, out);
}

}  // namespace u2net::imaging
