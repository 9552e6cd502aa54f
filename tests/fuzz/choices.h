// SPDX-License-Identifier: Apache-2.0
// Bytes as a sequence of decisions, so that a fuzzer that changes bytes changes decisions. Once
// they are used up every decision is the first one, and chances are missed: what is being made
// comes to its end. Compilers differ in the order of a call's arguments: at most one of them may
// decide anything (elements of a list in braces come in order).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace u2net::fuzz {

class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool is_empty() const { return next_ >= bytes_.size(); }

  // 0 .. count - 1.
  std::size_t below(std::size_t count) {
    if (count < 2) return 0;
    std::size_t value = byte();
    if (count > 256) value = value << 8 | byte();
    return value % count;
  }
  // Both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::size_t>(high - low) + 1));
  }
  // True in `of_16` of 16 cases.
  bool chance(int of_16) { return 15 - byte() % 16 < of_16; }
  bool coin() { return chance(8); }

  template <class T>
  T one_of(std::initializer_list<T> list) {
    return list.begin()[below(list.size())];
  }
  template <class List>
  auto one_of(const List& list) {
    return list[below(std::size(list))];
  }

  std::uint64_t seed() { return std::uint64_t{byte()} << 8 | byte(); }

  std::span<const std::uint8_t> rest() const {
    return bytes_.subspan(std::min(next_, bytes_.size()));
  }

 private:
  std::uint8_t byte() { return is_empty() ? std::uint8_t{0} : bytes_[next_++]; }

  std::span<const std::uint8_t> bytes_;
  std::size_t next_ = 0;
};

}  // namespace u2net::fuzz
