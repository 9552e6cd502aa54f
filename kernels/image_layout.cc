// SPDX-License-Identifier: Apache-2.0
#include "kernels/image_layout.h"

namespace u2net::kernels {
namespace {

constexpr std::int64_t kLineFloats = 16;  // 64 bytes

std::int64_t rounded_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

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

// The pixels of one row of one block of channels of `to`.
void convert_row(const ImageLayout& from, const float* src, const ImageLayout& to, float* dst,
                 std::int64_t image, std::int64_t channel_block, std::int64_t y) {
  float* row = dst + to.offset(image, channel_block, y, 0);
  for (int lane = 0; lane < to.block; ++lane) {
    const std::int64_t channel = channel_block * to.block + lane;
    if (channel >= to.c) {
      for (std::int64_t x = 0; x < to.w; ++x) row[x * to.block + lane] = 0.0F;
      continue;
    }
    const float* in = src + from.offset(image, channel / from.block, y, 0) + channel % from.block;
    for (std::int64_t x = 0; x < to.w; ++x) row[x * to.block + lane] = in[x * from.block];
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

void convert_layout(const ImageLayout& from, const float* src, const ImageLayout& to, float* dst,
                    ThreadPool& pool) {
  zero_halo(to, dst, pool);
  pool.parallel_for(to.n * to.channel_blocks() * to.h, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      convert_row(from, src, to, dst, i / to.h / to.channel_blocks(),
                  i / to.h % to.channel_blocks(), i % to.h);
    }
  });
}

}  // namespace u2net::kernels
