// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/image_layout.h"

#include <cstring>

namespace u2net::kernels {
namespace {

constexpr std::int64_t kLineBytes = 64;

// Zeros are zero bytes in every element type.
void zero(std::byte* data, std::int64_t bytes) {
  if (bytes > 0) std::memset(data, 0, static_cast<std::size_t>(bytes));
}

// One plane: the rows above and below, and the ends of the others.
void zero_plane_halo(const ImageLayout& l, std::byte* plane) {
  const auto element = static_cast<std::int64_t>(bytes_of(l.element));
  const std::int64_t pixel = l.block * element, row = l.row_stride() * element,
                     left = l.halo.left * pixel, right = l.halo.right * pixel;
  zero(plane, l.halo.top * row);
  for (std::int64_t y = 0; y < l.h; ++y) {
    std::byte* data = plane + (l.halo.top + y) * row;
    zero(data, left);
    zero(data + row - right, right);
  }
  zero(plane + (l.halo.top + l.h) * row, l.halo.bottom * row);
}

// Moves between layouts of equal elements.
template <class T>
struct Copy {
  const ImageLayout& from;
  const T* src;
  const ImageLayout& to;
  T* dst;
  std::int64_t first;  // channel of dst

  // Row y of an image. `whole`: blocks lie behind each other on both sides.
  void row(std::int64_t image, std::int64_t y, bool whole) const {
    if (whole) {
      for (std::int64_t b = 0; b < from.channel_blocks(); ++b) {
        std::copy_n(src + from.offset(image, b, y, 0), from.w * from.block,
                    dst + to.offset(image, first / to.block + b, y, 0));
      }
    } else {
      for (std::int64_t c = 0; c < from.c; ++c) channel(image, c, y);
    }
    if (first + from.c == to.c) zero_filling_channels(image, y);
  }

  void channel(std::int64_t image, std::int64_t c, std::int64_t y) const {
    const T* in = src + from.offset(image, c / from.block, y, 0) + c % from.block;
    const std::int64_t place = first + c;
    T* out = dst + to.offset(image, place / to.block, y, 0) + place % to.block;
    for (std::int64_t x = 0; x < to.w; ++x) out[x * to.block] = in[x * from.block];
  }

  // The channels behind the last one that share its block.
  void zero_filling_channels(std::int64_t image, std::int64_t y) const {
    if (to.c % to.block == 0) return;  // none, or no channels at all
    T* out = dst + to.offset(image, to.channel_blocks() - 1, y, 0);
    for (std::int64_t lane = to.c % to.block; lane < to.block; ++lane) {
      for (std::int64_t x = 0; x < to.w; ++x) out[x * to.block + lane] = T{};
    }
  }
};

}  // namespace

ImageLayout ImageLayout::with_halo(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w,
                                   int block, Halo halo, ElementType element) {
  const std::int64_t line = kLineBytes / static_cast<std::int64_t>(bytes_of(element));
  const std::int64_t pixels = std::max<std::int64_t>(line / block, 1);
  halo.left = rounded_up(halo.left, pixels);
  halo.right = rounded_up(halo.left + w + halo.right, pixels) - halo.left - w;
  return {n, c, h, w, block, halo, element};
}

void zero_halo(const ImageLayout& layout, void* data, ThreadPool& pool) {
  if (layout.halo == Halo{}) return;
  const std::int64_t plane =
      layout.plane_stride() * static_cast<std::int64_t>(bytes_of(layout.element));
  pool.parallel_for(layout.n * layout.channel_blocks(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      zero_plane_halo(layout, static_cast<std::byte*>(data) + i * plane);
  });
}

void copy_channels(const ImageLayout& from, const void* src, const ImageLayout& to, void* dst,
                   std::int64_t first, ThreadPool& pool) {
  const bool whole = from.block == to.block && first % to.block == 0 &&
                     (from.c % to.block == 0 || first + from.c == to.c);
  const Copy<float> copy{from, static_cast<const float*>(src), to, static_cast<float*>(dst), first};
  pool.parallel_for(to.n * to.h, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) copy.row(i / to.h, i % to.h, whole);
  });
}

void convert_layout(const ImageLayout& from, const void* src, const ImageLayout& to, void* dst,
                    ThreadPool& pool) {
  zero_halo(to, dst, pool);
  copy_channels(from, src, to, dst, 0, pool);
}

}  // namespace u2net::kernels
