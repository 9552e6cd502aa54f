// SPDX-License-Identifier: Apache-2.0
// What operators that move a window over an image share: conv2d and pool2d.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace u2net::engine {

inline constexpr std::int64_t kMaxExtent = 65536;  // of a window, its steps and its padding

using Pair = std::array<std::int64_t, 2>;      // along the height, along the width
using Paddings = std::array<std::int64_t, 4>;  // top, bottom, left, right

enum class PaddingAlgorithm {
  kExplicit,  // as the paddings say
  kSame,      // so much that the size is that of the source by the stride, rounded up
  kValid,     // none
};

// Leading and trailing padding of kSame: the extra sample goes behind.
std::pair<std::int64_t, std::int64_t> same_padding(std::int64_t in, std::int64_t kernel,
                                                   std::int64_t stride);

// "EXPLICIT", "SAME", "VALID"
std::string to_string(PaddingAlgorithm algorithm);

}  // namespace u2net::engine
