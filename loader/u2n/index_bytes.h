// SPDX-License-Identifier: Apache-2.0
// The numbers and texts that the index of a .u2n file consists of: little-endian, one after the
// other, without alignment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/base/text.h"

namespace u2net::engine {

// How many of a thing there may be, and what each takes at least. The same to the writer, so that
// what is written can be read.
struct CountLimit {
  const char* things;
  std::size_t most, bytes_each;

  // Throws kModelLimit for more: "`whose` 5 things, the limit is 4".
  void check(std::size_t count, const std::string& whose) const;
};

class IndexWriter {
 public:
  template <class T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  // Throws kModelLimit.
  void count(const CountLimit& limit, std::size_t count);
  void text(std::string_view text);
  // What f() writes, with its length in front.
  template <class F>
  void section(F&& f) {
    const std::size_t at = bytes_.size();
    number(std::uint64_t{0});
    f();
    set_length(at);
  }

  const std::string& bytes() const { return bytes_; }

 private:
  void set_length(std::size_t at);

  std::string bytes_;
};

// Throws kModelFormat for what does not fit into the bytes, kModelLimit for what is too much.
class IndexReader {
 public:
  // Both must outlive the reader; `name` is the file's.
  IndexReader(std::span<const std::byte> bytes, const std::string& name)
      : bytes_(bytes), name_(name) {}

  template <class T>
  T number() {
    static_assert(std::is_arithmetic_v<T>);
    T value;
    read(&value, sizeof value);
    return value;
  }
  std::size_t count(const CountLimit& limit);
  std::string text();
  // The bytes of a section, which are left behind.
  IndexReader section();
  // What is left is nothing.
  void expect_end() const;

  const std::string& name() const { return name_; }
  template <class... Pieces>
  [[noreturn]] inline __attribute__((always_inline)) void fail(const Pieces&... why) const {
    const TextPiece list[] = {TextPiece(why)...};
    fail_with(list);
  }

 private:
  [[noreturn]] void fail_with(TextPieces why) const;
  void read(void* to, std::size_t bytes);
  void need(std::uint64_t bytes) const;

  std::span<const std::byte> bytes_;
  const std::string& name_;
  std::size_t offset_ = 0;
};

}  // namespace u2net::engine
