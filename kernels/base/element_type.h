// SPDX-License-Identifier: Apache-2.0
// What tensors may be: their elements, and how many dimensions. Layouts, operands, kernels and
// their lists carry the type of elements, so that another type is another entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace u2net::kernels {

inline constexpr int kMaxRank = 8;

enum class ElementType : std::uint8_t {
  kF32,
};

struct ElementTypeInfo {
  std::string_view name;
  std::size_t bytes;
};
// By ElementType.
inline constexpr ElementTypeInfo kElementTypes[] = {
    {"f32", 4},
};

[[gnu::always_inline]] constexpr std::size_t bytes_of(ElementType type) {
  return kElementTypes[static_cast<std::size_t>(type)].bytes;
}

}  // namespace u2net::kernels
