// SPDX-License-Identifier: Apache-2.0
// Division of sizes, which are never negative, by positive ones. Always inlined: files that are
// compiled for one instruction set use them, too.
#pragma once

#include <cstdint>

namespace u2net::kernels {

// value / by, rounded up.
[[gnu::always_inline]] constexpr std::int64_t divided_up(std::int64_t value, std::int64_t by) {
  return (value + by - 1) / by;
}

// The first multiple that is not below value.
[[gnu::always_inline]] constexpr std::int64_t rounded_up(std::int64_t value,
                                                         std::int64_t multiple) {
  return divided_up(value, multiple) * multiple;
}

}  // namespace u2net::kernels
