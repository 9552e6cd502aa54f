// SPDX-License-Identifier: Apache-2.0
// Messages and lists in them.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace u2net::engine {

// A part of a message: text, a number (of reals six digits), sizes as "[1,3,320,320]", or parts of
// its own. It refers to them.
class TextPiece {
 public:
  TextPiece(std::string_view text)
      : kind_(Kind::kText), size_(static_cast<std::uint32_t>(text.size())), text_(text.data()) {}
  TextPiece(const char* text) : TextPiece(std::string_view(text)) {}
  TextPiece(const std::string& text) : TextPiece(std::string_view(text)) {}
  template <std::same_as<char> T>  // what a float or an enumerator would become is no letter
  TextPiece(T letter) : kind_(Kind::kLetter), number_(letter) {}
  template <std::signed_integral T>
  requires(!std::same_as<T, char>) TextPiece(T number) : kind_(Kind::kSigned), number_(number) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, char>) TextPiece(T number)
      : kind_(Kind::kUnsigned), number_(static_cast<std::int64_t>(number)) {}
  template <std::floating_point T>
  TextPiece(T number) : kind_(Kind::kReal), real_(number) {}
  TextPiece(std::span<const std::int64_t> sizes)
      : kind_(Kind::kSizes),
        size_(static_cast<std::uint32_t>(sizes.size())),
        sizes_(sizes.data()) {}
  TextPiece(const std::vector<std::int64_t>& sizes)
      : TextPiece(std::span<const std::int64_t>(sizes)) {}
  TextPiece(std::span<const TextPiece> pieces)
      : kind_(Kind::kPieces),
        size_(static_cast<std::uint32_t>(pieces.size())),
        pieces_(pieces.data()) {}

  void append_to(std::string& text) const;

 private:
  enum class Kind : std::uint32_t { kText, kLetter, kSigned, kUnsigned, kReal, kSizes, kPieces };

  Kind kind_;
  std::uint32_t size_ = 0;
  union {
    const char* text_;
    std::int64_t number_;
    double real_;
    const std::int64_t* sizes_;
    const TextPiece* pieces_;
  };
};

using TextPieces = std::span<const TextPiece>;

std::string str_cat(TextPieces pieces);

// All behind each other: str_cat("X ", shape, " has ", count, " dimensions"). Calls of one function
// with a list, where a chain of sums would be twice as much code.
template <class... Pieces>
inline __attribute__((always_inline)) std::string str_cat(const Pieces&... pieces) {
  const TextPiece list[] = {TextPiece(pieces)...};
  return str_cat(TextPieces(list));
}

// "a, b" -> "a, b, c"; "" -> "c"
void append_word(std::string& list, std::string_view word);
// "a, b, c"
std::string joined(const std::vector<std::string>& words);

}  // namespace u2net::engine
