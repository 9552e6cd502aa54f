// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/image_layout.h"

#include <cstring>
#include <type_traits>

#include "kernels/base/bf16.h"
#include "kernels/base/turn.h"

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

float as(float x, float) { return x; }
Bf16 as(Bf16 x, Bf16) { return x; }
float as(Bf16 x, float) { return to_f32(x); }
Bf16 as(float x, Bf16) { return to_bf16(x); }

// Moves between layouts, of elements of type T to those of type U.
template <class T, class U>
struct Copy {
  const ImageLayout& from;
  const T* src;
  const ImageLayout& to;
  U* dst;
  std::int64_t first;  // channel of dst

  // Where whole blocks lie behind each other on both sides: rows [begin, end) of all blocks of all
  // images, as many at once as are behind each other in memory, too.
  void whole_rows(std::int64_t begin, std::int64_t end) const {
    const std::int64_t length = to.w * to.block, rows = from.channel_blocks() * to.h;
    const bool joins_rows = from.row_stride() == length && to.row_stride() == length;
    const bool joins_planes =
        from.plane_stride() == to.h * length && to.plane_stride() == to.h * length;
    for (std::int64_t i = begin; i < end;) {
      const std::int64_t image = i / rows, block = i % rows / to.h, y = i % to.h;
      std::int64_t count = 1;
      if (joins_rows) count = std::min(joins_planes ? rows - i % rows : to.h - y, end - i);
      std::copy_n(src + from.offset(image, block, y, 0), count * length,
                  dst + to.offset(image, first / to.block + block, y, 0));
      i += count;
    }
  }

  void channel(std::int64_t image, std::int64_t c, std::int64_t y) const {
    const T* in = src + from.offset(image, c / from.block, y, 0) + c % from.block;
    const std::int64_t place = first + c;
    U* out = dst + to.offset(image, place / to.block, y, 0) + place % to.block;
    for (std::int64_t x = 0; x < to.w; ++x) out[x * to.block] = as(in[x * from.block], U{});
  }

  // Whether the four channels from c on are planes on one side and lie side by side on the other.
  bool turns_four(std::int64_t c) const {
    if (!std::is_same_v<T, U> || sizeof(T) != 4) return false;
    if (from.block == 1) return to.block % 4 == 0 && (first + c) % 4 == 0;
    return to.block == 1 && from.block % 4 == 0 && c % 4 == 0;
  }

  void four_channels(std::int64_t image, std::int64_t c, std::int64_t y) const {
    const std::int64_t place = first + c;
    const T* in = src + from.offset(image, c / from.block, y, 0) + c % from.block;
    U* out = dst + to.offset(image, place / to.block, y, 0) + place % to.block;
    // From one channel to the next on the side of planes; the other one's pixels are a block apart.
    const std::int64_t in_row = from.block == 1 ? from.plane_stride() : from.block,
                       out_row = from.block == 1 ? to.block : to.plane_stride();
    constexpr std::int64_t kBytes = sizeof(T);
    std::int64_t x = 0;
    for (; x + 4 <= to.w; x += 4) {
      turn_four(reinterpret_cast<const std::byte*>(in + x * from.block), in_row * kBytes,
                reinterpret_cast<std::byte*>(out + x * to.block), out_row * kBytes);
    }
    const std::int64_t in_channel = from.block == 1 ? in_row : 1,
                       out_channel = to.block == 1 ? out_row : 1;
    for (; x < to.w; ++x) {
      for (std::int64_t i = 0; i < 4; ++i)
        out[i * out_channel + x * to.block] = as(in[i * in_channel + x * from.block], U{});
    }
  }

  // A row of the channels [begin, end), and no others: those behind may be another thread's.
  void channels(std::int64_t image, std::int64_t begin, std::int64_t end, std::int64_t y) const {
    for (std::int64_t c = begin; c < end;) {
      if (c + 4 <= end && turns_four(c)) {
        four_channels(image, c, y);
        c += 4;
      } else {
        channel(image, c++, y);
      }
    }
  }

  // The channels behind the last one that share its block.
  void zero_filling_channels(std::int64_t image, std::int64_t y) const {
    U* out = dst + to.offset(image, to.channel_blocks() - 1, y, 0);
    for (std::int64_t lane = to.c % to.block; lane < to.block; ++lane) {
      for (std::int64_t x = 0; x < to.w; ++x) out[x * to.block + lane] = U{};
    }
  }
};

}  // namespace

ImageLayout ImageLayout::with_halo(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w,
                                   int block, Halo halo, ElementType element) {
  const ElementType part = element == ElementType::kBf16x2 ? ElementType::kBf16 : element;
  const std::int64_t line = kLineBytes / static_cast<std::int64_t>(bytes_of(part));
  const std::int64_t pixels = std::max<std::int64_t>(line / block, 1);
  halo.left = rounded_up(halo.left, pixels);
  halo.right = rounded_up(halo.left + w + halo.right, pixels) - halo.left - w;
  return {n, c, h, w, block, halo, element};
}

ImageLayout with_long_rows(const ImageLayout& layout) {
  constexpr std::int64_t kLong = 256, kMostRows = 1024;  // elements; that are joined
  ImageLayout l = layout;
  if (l.halo != Halo{}) return l;
  for (std::int64_t rows = 2; rows <= std::min(layout.h, kMostRows) && l.w * l.block < kLong;
       ++rows) {
    if (layout.h % rows == 0) {
      l.h = layout.h / rows;
      l.w = layout.w * rows;
    }
  }
  return l;
}

ImageLayout half_of(const ImageLayout& layout) {
  ImageLayout half = layout;
  if (half.element == ElementType::kBf16x2) half.element = ElementType::kBf16;
  return half;
}

void zero_halo(const ImageLayout& layout, void* data, ThreadPool& pool) {
  if (layout.halo == Halo{}) return;
  if (const std::int64_t apart = halves_apart(layout)) {
    for (std::int64_t at : {std::int64_t{0}, apart})
      zero_halo(half_of(layout), static_cast<Bf16*>(data) + at, pool);
    return;
  }
  const std::int64_t plane =
      layout.plane_stride() * static_cast<std::int64_t>(bytes_of(layout.element));
  pool.parallel_for(layout.n * layout.channel_blocks(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      zero_plane_halo(layout, static_cast<std::byte*>(data) + i * plane);
  });
}

namespace {

template <class T, class U>
void copy_typed(const Copy<T, U>& copy, ThreadPool& pool) {
  const ImageLayout &from = copy.from, &to = copy.to;
  const std::int64_t first = copy.first;
  bool whole = false;
  if constexpr (std::is_same_v<T, U>) {
    whole = from.block == to.block && first % to.block == 0 &&
            (from.c % to.block == 0 || first + from.c == to.c);
    if (whole) {
      pool.parallel_for(to.n * from.channel_blocks() * to.h,
                        [&](std::int64_t begin, std::int64_t end) { copy.whole_rows(begin, end); });
    }
  }
  // The channels that fill up the last block.
  const bool fills = first + from.c == to.c && to.c % to.block != 0;
  if (whole && !fills) return;
  // Row by row of some planes at a time: processors fetch ahead for so many, not for all.
  constexpr std::int64_t kPlanes = 16;
  const std::int64_t groups = divided_up(from.c, kPlanes);
  pool.parallel_for(to.n * groups * to.h, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t y = i % to.h, c = i / to.h % groups * kPlanes, image = i / to.h / groups;
      if (!whole) copy.channels(image, c, std::min(c + kPlanes, from.c), y);
      if (fills && c + kPlanes >= from.c) copy.zero_filling_channels(image, y);
    }
  });
}

// f(a number of the type)
template <class F>
void visit_element(ElementType type, const F& f) {
  if (type == ElementType::kBf16) {
    f(Bf16{});
  } else {
    f(float{});
  }
}

}  // namespace

void copy_channels(const ImageLayout& from, const void* src, const ImageLayout& to, void* dst,
                   std::int64_t first, ThreadPool& pool) {
  if (halves_apart(from) != 0 && halves_apart(to) != 0) {
    copy_channels(half_of(from), src, half_of(to), dst, first, pool);
    copy_channels(half_of(from), static_cast<const Bf16*>(src) + halves_apart(from), half_of(to),
                  static_cast<Bf16*>(dst) + halves_apart(to), first, pool);
    return;
  }
  visit_element(from.element, [&](auto of_src) {
    visit_element(to.element, [&](auto of_dst) {
      using T = decltype(of_src);
      using U = decltype(of_dst);
      copy_typed(Copy<T, U>{from, static_cast<const T*>(src), to, static_cast<U*>(dst), first},
                 pool);
    });
  });
}

void convert_layout(const ImageLayout& from, const void* src, const ImageLayout& to, void* dst,
                    ThreadPool& pool) {
  zero_halo(to, dst, pool);
  copy_channels(from, src, to, dst, 0, pool);
}

}  // namespace u2net::kernels
