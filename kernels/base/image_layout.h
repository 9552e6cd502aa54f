// SPDX-License-Identifier: Apache-2.0
// How images of [n][c][h][w] lie in memory for the native kernels: channels in blocks of 1
// (planar), 8 or 16 that lie side by side, and a halo of zeros around every plane, so that kernels
// need no code for borders:
//   [n][ceil(c / block)][top + h + bottom][left + w + right][block]
// The channels that fill up the last block are zeros where the producer's formula gives zeros for
// zeros; consumers give them zero weights or ignore them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/base/element_type.h"
#include "kernels/base/parallel.h"
#include "kernels/base/rounding.h"

namespace u2net::kernels {

struct Halo {
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;

  bool covers(const Halo& o) const {
    return top >= o.top && left >= o.left && bottom >= o.bottom && right >= o.right;
  }
  void include(const Halo& o) {
    top = std::max(top, o.top);
    left = std::max(left, o.left);
    bottom = std::max(bottom, o.bottom);
    right = std::max(right, o.right);
  }
  bool operator==(const Halo&) const = default;
};

struct ImageLayout {
  std::int64_t n = 0, c = 0, h = 0, w = 0;
  int block = 1;
  Halo halo = {};
  ElementType element = ElementType::kF32;

  // Plain NCHW.
  static ImageLayout plain(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w,
                           ElementType element = ElementType::kF32) {
    return {n, c, h, w, 1, {}, element};
  }
  // A halo of at least this size; columns are added until every row of the image begins at a
  // multiple of 64 bytes (for a buffer that does).
  static ImageLayout with_halo(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w,
                               int block, Halo halo, ElementType element = ElementType::kF32);

  bool is_plain() const { return block == 1 && halo == Halo{}; }
  std::int64_t channel_blocks() const { return divided_up(c, block); }
  // Strides and offsets in elements.
  std::int64_t row_stride() const { return (halo.left + w + halo.right) * block; }
  std::int64_t plane_stride() const { return (halo.top + h + halo.bottom) * row_stride(); }
  std::int64_t image_stride() const { return channel_blocks() * plane_stride(); }
  // Of the first channel of a block; y and x may point into the halo.
  std::int64_t offset(std::int64_t image, std::int64_t channel_block, std::int64_t y,
                      std::int64_t x) const {
    return image * image_stride() + channel_block * plane_stride() + (y + halo.top) * row_stride() +
           (x + halo.left) * block;
  }
  // False where a halo makes it so large that strides and bytes() may overflow: not to be used.
  bool is_possible() const {
    constexpr double kMostElements = 0x1p44;
    return static_cast<double>(n) * static_cast<double>(c + block) *
               static_cast<double>(halo.top + h + halo.bottom) *
               static_cast<double>(halo.left + w + halo.right) <=
           kMostElements;
  }
  std::size_t bytes() const {
    return static_cast<std::size_t>(n * image_stride()) * bytes_of(element);
  }

  bool operator==(const ImageLayout&) const = default;
};

// The same memory as an image of fewer and longer rows, where there is no halo and rows are short:
// what is done element by element, or channel by channel, is done along rows.
ImageLayout with_long_rows(const ImageLayout& layout);

// An image of bf16x2 is two images in bf16 one behind the other, of the upper halves of all numbers
// and of the lower ones. The layout of either, and how many elements lie between them; of other
// images the image itself, and 0.
ImageLayout half_of(const ImageLayout& layout);
[[gnu::always_inline]] inline std::int64_t halves_apart(const ImageLayout& l) {
  return l.element == ElementType::kBf16x2 ? l.n * l.image_stride() : 0;
}

// Writes the zeros of the halo; the image is left alone.
void zero_halo(const ImageLayout& layout, void* data, ThreadPool& pool);

// dst = src, rounded where dst has fewer bits, where n, c, h and w are equal; halo and filling
// channels of dst are set to zero. An image of bf16x2 becomes one of its own kind only
// (centred_image.h has the others), as in copy_channels().
void convert_layout(const ImageLayout& from, const void* src, const ImageLayout& to, void* dst,
                    ThreadPool& pool);

// The channels [first, first + from.c) of dst = src, halo and all others left alone but for those
// that fill up the last block, which are set to zero.
void copy_channels(const ImageLayout& from, const void* src, const ImageLayout& to, void* dst,
                   std::int64_t first, ThreadPool& pool);

}  // namespace u2net::kernels
