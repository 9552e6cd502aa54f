// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/centred_image.h"

#include <algorithm>

#include "kernels/base/bf16.h"

namespace u2net::kernels {
namespace {

constexpr std::int64_t kMostBf16Block = 32;  // conv2d/tiles/tile_conv.h

// What a halo holds in a block of channels. From 0: a centre of 0 is no -0 there.
void halo_pixel(const ImageLayout& l, std::int64_t block, const float* centre, Bf16* pixel) {
  for (std::int64_t lane = 0; lane < l.block; ++lane) {
    const std::int64_t channel = block * l.block + lane;
    pixel[lane] = channel < l.c ? to_bf16(0.0F - centre[channel]) : Bf16{0};
  }
}

// Pixels [begin, end) of a plane.
void repeat_pixel(std::int64_t block, std::int64_t begin, std::int64_t end, const Bf16* pixel,
                  Bf16* plane) {
  for (std::int64_t i = begin; i < end; ++i) std::copy_n(pixel, block, plane + i * block);
}

void fill_plane_halo(const ImageLayout& l, const Bf16* pixel, Bf16* plane) {
  const std::int64_t row = l.halo.left + l.w + l.halo.right;
  repeat_pixel(l.block, 0, l.halo.top * row, pixel, plane);
  for (std::int64_t y = l.halo.top; y < l.halo.top + l.h; ++y) {
    repeat_pixel(l.block, y * row, y * row + l.halo.left, pixel, plane);
    repeat_pixel(l.block, (y + 1) * row - l.halo.right, (y + 1) * row, pixel, plane);
  }
  const std::int64_t end = l.halo.top + l.h;
  repeat_pixel(l.block, end * row, (end + l.halo.bottom) * row, pixel, plane);
}

// A row of a channel into bf16, and back; `low`: into the lower halves, too.
void store_row(const ImageLayout& from, const float* src, const ImageLayout& to, Bf16* dst,
               Bf16* low, float centre) {
  for (std::int64_t x = 0; x < to.w; ++x) {
    const Bf16Halves halves = to_halves(src[x * from.block] - centre);
    dst[x * to.block] = halves.high;
    if (low) low[x * to.block] = halves.low;
  }
}
void load_row(const ImageLayout& from, const Bf16* src, const Bf16* low, const ImageLayout& to,
              float* dst, float centre) {
  for (std::int64_t x = 0; x < to.w; ++x) {
    const float lower = low ? to_f32(low[x * from.block]) : 0.0F;
    dst[x * to.block] = to_f32(src[x * from.block]) + lower + centre;
  }
}

// The channels that fill up the last block of dst.
template <class T>
void zero_filling_channels(const ImageLayout& l, T* data, std::int64_t image, std::int64_t y) {
  T* row = data + l.offset(image, l.channel_blocks() - 1, y, 0);
  for (std::int64_t lane = l.c - (l.channel_blocks() - 1) * l.block; lane < l.block; ++lane) {
    for (std::int64_t x = 0; x < l.w; ++x) row[x * l.block + lane] = T{};
  }
}

// f(image, y) for every row of an image of dst, whose filling channels are set to zero.
template <class U, class Row>
void for_rows(const ImageLayout& to, U* dst, ThreadPool& pool, const Row& row) {
  pool.parallel_for(to.n * to.h, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      row(i / to.h, i % to.h);
      zero_filling_channels(to, dst, i / to.h, i % to.h);
    }
  });
}

// A row of a channel.
template <class T>
T* row_of(const ImageLayout& l, T* data, std::int64_t image, std::int64_t c, std::int64_t y) {
  return data + l.offset(image, c / l.block, y, 0) + c % l.block;
}

// Of an image in bf16x2, whose upper halves begin at `data`; null of one in bf16.
template <class T>
T* lower_halves(const ImageLayout& l, T* data) {
  return halves_apart(l) ? data + halves_apart(l) : nullptr;
}

void store_image(const ImageLayout& from, const float* src, const ImageLayout& to, Bf16* dst,
                 const float* centre, ThreadPool& pool) {
  const ImageLayout half = half_of(to);
  Bf16* low = lower_halves(to, dst);
  for_rows(half, dst, pool, [&](std::int64_t image, std::int64_t y) {
    for (std::int64_t c = 0; c < to.c; ++c) {
      store_row(from, row_of(from, src, image, c, y), half, row_of(half, dst, image, c, y),
                low ? row_of(half, low, image, c, y) : nullptr, centre ? centre[c] : 0.0F);
    }
    if (low) zero_filling_channels(half, low, image, y);
  });
}

void load_image(const ImageLayout& from, const Bf16* src, const ImageLayout& to, float* dst,
                const float* centre, ThreadPool& pool) {
  const ImageLayout half = half_of(from);
  const Bf16* low = lower_halves(from, src);
  for_rows(to, dst, pool, [&](std::int64_t image, std::int64_t y) {
    for (std::int64_t c = 0; c < to.c; ++c) {
      load_row(half, row_of(half, src, image, c, y), low ? row_of(half, low, image, c, y) : nullptr,
               to, row_of(to, dst, image, c, y), centre ? centre[c] : 0.0F);
    }
  });
}

}  // namespace

void fill_halo(const ImageLayout& layout, void* data, const float* centre, ThreadPool& pool) {
  if (layout.halo == Halo{}) return;
  if (!centre || layout.element == ElementType::kF32) return zero_halo(layout, data, pool);
  if (Bf16* low = lower_halves(layout, static_cast<Bf16*>(data))) {
    fill_halo(half_of(layout), data, centre, pool);
    return zero_halo(half_of(layout), low, pool);  // bf16 has the centres
  }
  const std::int64_t blocks = layout.channel_blocks();
  pool.parallel_for(layout.n * blocks, [&](std::int64_t begin, std::int64_t end) {
    Bf16 pixel[kMostBf16Block];
    for (std::int64_t i = begin; i < end; ++i) {
      halo_pixel(layout, i % blocks, centre, pixel);
      fill_plane_halo(layout, pixel, static_cast<Bf16*>(data) + i * layout.plane_stride());
    }
  });
}

void convert_centred(const ImageLayout& from, const void* src, const ImageLayout& to, void* dst,
                     const float* centre, ThreadPool& pool) {
  const bool has_halves =
      from.element == ElementType::kBf16x2 || to.element == ElementType::kBf16x2;
  if (!centre && !has_halves) return convert_layout(from, src, to, dst, pool);
  fill_halo(to, dst, centre, pool);
  if (from.element == to.element) {
    copy_channels(from, src, to, dst, 0, pool);  // whatever the centres are
  } else if (from.element == ElementType::kF32) {
    store_image(from, static_cast<const float*>(src), to, static_cast<Bf16*>(dst), centre, pool);
  } else if (to.element == ElementType::kF32) {
    load_image(from, static_cast<const Bf16*>(src), to, static_cast<float*>(dst), centre, pool);
  } else {  // between bf16 and bf16x2
    copy_channels(half_of(from), src, half_of(to), dst, 0, pool);
    if (Bf16* low = lower_halves(to, static_cast<Bf16*>(dst)))
      std::fill_n(low, halves_apart(to), Bf16{0});
  }
}

void convert_to_halves(const ImageLayout& from, const void* src, const ImageLayout& to, void* dst,
                       ThreadPool& pool) {
  zero_halo(to, dst, pool);
  const auto* in = static_cast<const float*>(src);
  auto* out = static_cast<Bf16*>(dst);
  for_rows(to, out, pool, [&](std::int64_t image, std::int64_t y) {
    for (std::int64_t c = 0; c < from.c; ++c) {
      store_row(from, row_of(from, in, image, c, y), to, row_of(to, out, image, c, y),
                row_of(to, out, image, from.c + c, y), 0.0F);
    }
  });
}

}  // namespace u2net::kernels
