// SPDX-License-Identifier: Apache-2.0
// Centres of images (kernels/base/centred_image.h), and what has to lie around a centred image.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/base/bf16.h"
#include "kernels/base/image_layout.h"
#include "tests/support/fill.h"
#include "tests/support/guard_pages.h"

namespace u2net::engine::test {

// What the channels of an image in bf16 are stored minus of: one a channel.
using Centre = std::vector<float>;

inline Centre random_centre(Random& random, const kernels::ImageLayout& l, bool integers) {
  Centre centre(static_cast<std::size_t>(l.c), 0.0F);
  if (l.element == kernels::ElementType::kF32 || random.integer(0, 2) == 0) return centre;
  for (float& c : centre)
    c = integers ? static_cast<float>(random.integer(-9, 9))
                 : to_f32(kernels::to_bf16(static_cast<float>(random.real(-9, 9))));
  return centre;
}

inline bool is_nothing(const std::byte* begin, const std::byte* end) {
  return std::all_of(begin, end, [](std::byte b) { return b == std::byte{0}; });
}

// The halo holds minus the centre, filling channels zeros.
inline bool rest_is_right(const kernels::ImageLayout& l, const std::byte* data,
                          const Centre& centre) {
  if (const std::int64_t apart = halves_apart(l)) {
    const kernels::ImageLayout half = half_of(l);
    return rest_is_right(half, data, centre) &&
           rest_is_right(half, data + apart * 2, Centre(centre.size(), 0.0F));
  }
  const auto bytes = static_cast<std::int64_t>(bytes_of(l.element));
  for (std::int64_t plane = 0; plane < l.n * l.channel_blocks(); ++plane) {
    const std::int64_t image = plane / l.channel_blocks(), block = plane % l.channel_blocks();
    for (std::int64_t y = -l.halo.top; y < l.h + l.halo.bottom; ++y) {
      for (std::int64_t x = -l.halo.left; x < l.w + l.halo.right; ++x) {
        const bool inside = y >= 0 && y < l.h && x >= 0 && x < l.w;
        const std::int64_t filled = std::min<std::int64_t>(l.c - block * l.block, l.block);
        const std::byte* pixel = data + l.offset(image, block, y, x) * bytes;
        if (!is_nothing(pixel + filled * bytes, pixel + l.block * bytes)) return false;
        for (std::int64_t lane = 0; !inside && lane < filled; ++lane) {
          kernels::Bf16 wanted{0}, got{0};
          const float c = centre[static_cast<std::size_t>(block * l.block + lane)];
          if (c != 0) wanted = kernels::to_bf16(-c);
          if (l.element == kernels::ElementType::kBf16) {
            std::memcpy(&got, pixel + lane * bytes, sizeof got);
          } else if (!is_nothing(pixel + lane * bytes, pixel + (lane + 1) * bytes)) {
            return false;
          }
          if (got.bits != wanted.bits) return false;
        }
      }
    }
  }
  return true;
}
inline bool rest_is_right(const kernels::ImageLayout& l, const PageGuarded& buffer,
                          const Centre& centre) {
  return rest_is_right(l, reinterpret_cast<const std::byte*>(buffer.data()), centre);
}

// As an element is stored.
inline float stored_as(kernels::ElementType element, float x) {
  if (element == kernels::ElementType::kF32) return x;
  const kernels::Bf16Halves halves = kernels::to_halves(x);
  const bool split = element == kernels::ElementType::kBf16x2;
  return split ? to_f32(halves.high) + to_f32(halves.low) : to_f32(halves.high);
}
inline std::vector<float> stored_as(kernels::ElementType element, std::vector<float> values) {
  for (float& v : values) v = stored_as(element, v);
  return values;
}

}  // namespace u2net::engine::test
