// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/image_layout.h"

namespace u2net::kernels {
namespace {

constexpr std::int64_t kLineFloats = 16;  // 64 bytes

void zero(float* data, std::int64_t count) { std::fill_n(data, count, 0.0F); }

// One plane: the rows above and below, and the ends of the others.
void zero_plane_halo(const ImageLayout& l, float* plane) {
  const std::int64_t row = l.row_stride(), left = l.halo.left * l.block,
                     right = l.halo.right * l.block;
  zero(plane, l.halo.top * row);
  for (std::int64_t y = 0; y < l.h; ++y) {
    float* data = plane + (l.halo.top + y) * row;
    zero(data, left);
    zero(data + row - right, right);
  }
  zero(plane + (l.halo.top + l.h) * row, l.halo.bottom * row);
}

// The pixels of one row, channel by channel.
void copy_row(const ImageLayout& from, const float* src, const ImageLayout& to, float* dst,
              std::int64_t first, std::int64_t image, std::int64_t channel, std::int64_t y) {
  const float* in = src + from.offset(image, channel / from.block, y, 0) + channel % from.block;
  const std::int64_t place = first + channel;
  float* out = dst + to.offset(image, place / to.block, y, 0) + place % to.block;
  for (std::int64_t x = 0; x < to.w; ++x) out[x * to.block] = in[x * from.block];
}

// The channels behind the last one that share its block.
void zero_filling_channels(const ImageLayout& to, float* dst, std::int64_t image, std::int64_t y) {
  if (to.c % to.block == 0) return;  // none, or no channels at all
  float* row = dst + to.offset(image, to.channel_blocks() - 1, y, 0);
  for (std::int64_t lane = to.c % to.block; lane < to.block; ++lane) {
    for (std::int64_t x = 0; x < to.w; ++x) row[x * to.block + lane] = 0.0F;
  }
}

}  // namespace

ImageLayout ImageLayout::with_halo(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w,
                                   int block, Halo halo) {
  const std::int64_t pixels = std::max<std::int64_t>(kLineFloats / block, 1);
  halo.left = rounded_up(halo.left, pixels);
  halo.right = rounded_up(halo.left + w + halo.right, pixels) - halo.left - w;
  return {n, c, h, w, block, halo};
}

void zero_halo(const ImageLayout& layout, float* data, ThreadPool& pool) {
  if (layout.halo == Halo{}) return;
  pool.parallel_for(layout.n * layout.channel_blocks(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      zero_plane_halo(layout, data + i * layout.plane_stride());
  });
}

void copy_channels(const ImageLayout& from, const float* src, const ImageLayout& to, float* dst,
                   std::int64_t first, ThreadPool& pool) {
  // Whole blocks lie behind each other on both sides.
  const bool whole = from.block == to.block && first % to.block == 0 &&
                     (from.c % to.block == 0 || first + from.c == to.c);
  pool.parallel_for(to.n * to.h, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t image = i / to.h, y = i % to.h;
      if (whole) {
        for (std::int64_t b = 0; b < from.channel_blocks(); ++b) {
          std::copy_n(src + from.offset(image, b, y, 0), from.w * from.block,
                      dst + to.offset(image, first / to.block + b, y, 0));
        }
      } else {
        for (std::int64_t c = 0; c < from.c; ++c) copy_row(from, src, to, dst, first, image, c, y);
      }
      if (first + from.c == to.c) zero_filling_channels(to, dst, image, y);
    }
  });
}

void convert_layout(const ImageLayout& from, const float* src, const ImageLayout& to, float* dst,
                    ThreadPool& pool) {
  zero_halo(to, dst, pool);
  copy_channels(from, src, to, dst, 0, pool);
}

}  // namespace u2net::kernels
