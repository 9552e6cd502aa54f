// SPDX-License-Identifier: Apache-2.0
// An image of any layout whose ends are guard pages, for the tests of operators on images.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/base/image_layout.h"
#include "kernels/image_ops/image_ops.h"
#include "tests/kernels/guarded_layout.h"
#include "tests/support/guard_pages.h"

namespace u2net::engine::test {

inline std::size_t elements_of(const kernels::ImageLayout& l) {
  return static_cast<std::size_t>(l.n * l.c * l.h * l.w);
}

// An image between guard pages, from or to plain values.
struct GuardedImage {
  kernels::ImageLayout layout;
  PageGuarded buffer;

  explicit GuardedImage(const kernels::ImageLayout& l) : layout(l), buffer(buffer_for(l)) {}
  GuardedImage(const kernels::ImageLayout& l, const std::vector<float>& values) : GuardedImage(l) {
    kernels::ThreadPool pool(1);
    kernels::convert_layout(plain_of(l), values.data(), l, buffer.data(), pool);
  }
  kernels::ConstImage source() const { return {&layout, buffer.data()}; }
  kernels::Image target() { return {&layout, buffer.data()}; }
  std::vector<float> plain() const {
    std::vector<float> values(elements_of(layout));
    kernels::ThreadPool pool(1);
    kernels::convert_layout(layout, buffer.data(), plain_of(layout), values.data(), pool);
    return values;
  }
  bool halo_is_zero() const {
    for (std::int64_t i = 0; i < layout.n * layout.channel_blocks(); ++i) {
      for (std::int64_t y = -layout.halo.top; y < layout.h + layout.halo.bottom; ++y) {
        for (std::int64_t x = -layout.halo.left; x < layout.w + layout.halo.right; ++x) {
          if (y >= 0 && y < layout.h && x >= 0 && x < layout.w) continue;
          const float* at = buffer.data() + layout.offset(i / layout.channel_blocks(),
                                                          i % layout.channel_blocks(), y, x);
          for (int lane = 0; lane < layout.block; ++lane) {
            if (at[lane] != 0) return false;
          }
        }
      }
    }
    return true;
  }
};

}  // namespace u2net::engine::test
