// SPDX-License-Identifier: Apache-2.0
// Memory for an image in a layout, between guard pages.
#pragma once

#include "kernels/base/image_layout.h"
#include "tests/support/guard_pages.h"

namespace u2net::engine::test {

inline kernels::ImageLayout plain_of(const kernels::ImageLayout& l) {
  return kernels::ImageLayout::plain(l.n, l.c, l.h, l.w);
}

// `plain` says how a plain image is aligned; others lie at whole lines, as their rows do.
inline PageGuarded buffer_for(const kernels::ImageLayout& l,
                              PageGuarded::Alignment plain = PageGuarded::Alignment::kFloat) {
  return PageGuarded(l.bytes() / sizeof(float),
                     l.is_plain() ? plain : PageGuarded::Alignment::kLine);
}

}  // namespace u2net::engine::test
