// SPDX-License-Identifier: Apache-2.0
// Reads of big- and little-endian integers out of a span (the caller has checked that they fit),
// and of texts; and texts as bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace u2net::imaging {

using Bytes = std::span<const std::byte>;

inline std::uint32_t u8(Bytes data, std::size_t at) {
  return std::to_integer<std::uint32_t>(data[at]);
}
inline std::uint32_t be16(Bytes data, std::size_t at) {
  return u8(data, at) << 8 | u8(data, at + 1);
}
inline std::uint32_t be32(Bytes data, std::size_t at) {
  return be16(data, at) << 16 | be16(data, at + 2);
}
inline std::uint32_t le16(Bytes data, std::size_t at) {
  return u8(data, at) | u8(data, at + 1) << 8;
}
inline std::uint32_t le32(Bytes data, std::size_t at) {
  return le16(data, at) | le16(data, at + 2) << 16;
}

// Whether `text` stands at offset `at`; false where the data end before it does.
inline bool has_text(Bytes data, std::size_t at, std::string_view text) {
  return at <= data.size() && text.size() <= data.size() - at &&
         std::memcmp(data.data() + at, text.data(), text.size()) == 0;
}

inline void append_text(std::vector<std::byte>& out, std::string_view text) {
  // Texts are short, and GCC 12 warns of insert() where the vector is new.
  for (const char c : text) out.push_back(static_cast<std::byte>(c));
}

}  // namespace u2net::imaging
