// SPDX-License-Identifier: Apache-2.0
// Converts elements between types. Towards bool: x != 0. Floating point towards integer truncates;
// what does not fit (NaN too) gives the smallest value of the type, as x86 conversions do.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

namespace u2net::kernels {

template <class To, class From>
To cast_one(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From{0};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // 2^bits is exact in From, which max() is not; narrow types go through int32 as on x86.
    using Wide = std::conditional_t<(sizeof(To) < 4), std::int32_t, To>;
    constexpr From kLimit = -static_cast<From>(std::numeric_limits<Wide>::min());
    if (!(value >= -kLimit && value < kLimit))
      return static_cast<To>(std::numeric_limits<Wide>::min());
    return static_cast<To>(static_cast<Wide>(value));
  } else {
    return static_cast<To>(value);
  }
}

template <class To, class From>
void cast_reference(std::int64_t count, const From* src, To* dst) {
  for (std::int64_t i = 0; i < count; ++i) dst[i] = cast_one<To>(src[i]);
}

}  // namespace u2net::kernels
