// SPDX-License-Identifier: Apache-2.0
// Memory for an image in a layout, between guard pages.
#pragma once

#include "kernels/base/image_layout.h"
#include "tests/support/fill.h"
#include "tests/support/guard_pages.h"

namespace u2net::engine::test {

// By up to two elements on each side.
inline kernels::Halo larger(kernels::Halo halo, Random& random) {
  halo.top += random.integer(0, 2);
  halo.left += random.integer(0, 2);
  halo.bottom += random.integer(0, 2);
  halo.right += random.integer(0, 2);
  return halo;
}

inline kernels::ImageLayout plain_of(const kernels::ImageLayout& l) {
  return kernels::ImageLayout::plain(l.n, l.c, l.h, l.w);
}

// `plain` says how a plain image is aligned; others lie at whole lines, as their rows do. An odd
// number of short elements takes a whole float at its end.
inline PageGuarded buffer_for(const kernels::ImageLayout& l,
                              PageGuarded::Alignment plain = PageGuarded::Alignment::kFloat) {
  return PageGuarded((l.bytes() + sizeof(float) - 1) / sizeof(float),
                     l.is_plain() ? plain : PageGuarded::Alignment::kLine);
}

}  // namespace u2net::engine::test
