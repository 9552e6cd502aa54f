// SPDX-License-Identifier: Apache-2.0
// Bytes as protobuf lays them out.
#pragma once

#include <cstdint>
#include <string>

namespace u2net::engine::test {

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

inline std::string field(int number, const std::string& bytes) {
  return varint(static_cast<std::uint64_t>(number) << 3 | 2) + varint(bytes.size()) + bytes;
}

}  // namespace u2net::engine::test
