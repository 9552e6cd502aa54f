// SPDX-License-Identifier: Apache-2.0
// The configurations of U2-Net (X. Qin et al., 2020) as a table: six encoder stages, five decoder
// stages and a side output of each.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace u2net::engine {

// A residual U-block, see models/rsu.h.
struct RsuConfig {
  int depth;                     // levels of convolutions
  std::int64_t in, middle, out;  // channels
  bool dilated = false;          // RSU-4F: dilation in place of pooling
};

struct Architecture {
  std::string_view name;
  std::array<RsuConfig, 6> encoder;  // stage1 ... stage6
  std::array<RsuConfig, 5> decoder;  // stage5d ... stage1d
  std::array<std::int64_t, 6> side;  // channels that side1 ... side6 read
};

std::span<const Architecture> architectures();
// Throws kUsage.
const Architecture& find_architecture(std::string_view name);

}  // namespace u2net::engine
