// SPDX-License-Identifier: Apache-2.0
// What is fuzzed: each takes any bytes and returns, or a promise is broken: it throws, or it does
// what a sanitizer or the system stops.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace u2net::fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::span<const std::uint8_t>);
};

std::span<const Target> targets();
// Null for an unknown name.
const Target* find_target(std::string_view name);

}  // namespace u2net::fuzz
