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
  kBf16,
  kBf16x2,
};

struct ElementTypeInfo {
  std::string_view name;
  std::size_t bytes;
  // By what factor a number may be off that was rounded to the type: half of the last of its
  // significant bits.
  double unit;
};
// By ElementType. bf16x2 is two bfloat16 a number: it rounded, and what that leaves over, rounded.
inline constexpr ElementTypeInfo kElementTypes[] = {
    {"f32", 4, 0x1p-24},
    {"bf16", 2, 0x1p-8},
    {"bf16x2", 4, 0x1p-16},
};

[[gnu::always_inline]] constexpr std::size_t bytes_of(ElementType type) {
  return kElementTypes[static_cast<std::size_t>(type)].bytes;
}

constexpr std::string_view name_of(ElementType type) {
  return kElementTypes[static_cast<std::size_t>(type)].name;
}
constexpr double unit_of(ElementType type) {
  return kElementTypes[static_cast<std::size_t>(type)].unit;
}

}  // namespace u2net::kernels
