// SPDX-License-Identifier: Apache-2.0
// Bilinear resampling: source = (i + 0.5) * src / dst - 0.5, clamped to the edges, no antialiasing.
// The arithmetic is that of the reference pipeline to the last bit: coordinates in double, weights
// in float, first along x and then along y, a + (b - a) * w with one rounding at the end.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace u2net::imaging {

// Output i is source[low] + (source[high] - source[low]) * weight.
struct Tap {
  int low;
  int high;
  float weight;
};

std::vector<Tap> bilinear_taps(int src_size, int dst_size);

// The product of two floats is exact in double, so this equals a fused multiply-add (but for
// double rounding) on every machine, with or without the instruction.
inline float blend(float a, float b, float weight) {
  return static_cast<float>(static_cast<double>(b - a) * static_cast<double>(weight) +
                            static_cast<double>(a));
}

// Row by row, so that a large picture needs no plane of floats. `widen(y, row)` makes source row y,
// of `width` floats that are blended along x already; `emit(y, row)` takes each output row, from
// top to bottom.
template <typename Widen, typename Emit>
void blended_rows(int src_h, int dst_h, std::size_t width, Widen widen, Emit emit) {
  struct WideRow {
    int y = -1;
    std::vector<float> values;
  };
  const std::vector<Tap> down = bilinear_taps(src_h, dst_h);
  WideRow rows[2];  // by parity of y: the two neighbours never share a place
  for (WideRow& row : rows) row.values.resize(width);
  const auto widened = [&](int y) -> const std::vector<float>& {
    WideRow& row = rows[y % 2];
    if (row.y != y) {
      widen(y, row.values.data());
      row.y = y;
    }
    return row.values;
  };
  std::vector<float> out(width);
  for (int y = 0; y < dst_h; ++y) {
    const Tap& tap = down[static_cast<std::size_t>(y)];
    const std::vector<float>& low = widened(tap.low);
    const std::vector<float>& high = widened(tap.high);
    for (std::size_t x = 0; x < width; ++x) out[x] = blend(low[x], high[x], tap.weight);
    emit(y, out.data());
  }
}

// The same where `sample(y, x)` gives the source.
template <typename Sample, typename Emit>
void bilinear_rows(int src_h, int src_w, int dst_h, int dst_w, Sample sample, Emit emit) {
  const std::vector<Tap> across = bilinear_taps(src_w, dst_w);
  blended_rows(
      src_h, dst_h, across.size(),
      [&](int y, float* row) {
        for (const Tap& tap : across)
          *row++ = blend(sample(y, tap.low), sample(y, tap.high), tap.weight);
      },
      emit);
}

// A whole plane [src_h][src_w] to [dst_h][dst_w].
std::vector<float> resize_plane(std::span<const float> plane, int src_h, int src_w, int dst_h,
                                int dst_w);

}  // namespace u2net::imaging
