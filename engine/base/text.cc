// SPDX-License-Identifier: Apache-2.0
#include "engine/base/text.h"

#include <charconv>
#include <cstdio>

namespace u2net::engine {
namespace {

template <class T>
void append_number(std::string& text, T number) {
  char digits[24];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_real(std::string& text, double number) {
  char digits[32];
  text.append(digits, static_cast<std::size_t>(std::snprintf(digits, sizeof digits, "%g", number)));
}

void append_sizes(std::string& text, std::span<const std::int64_t> sizes) {
  text += '[';
  for (const std::int64_t& size : sizes) {
    if (&size != sizes.data()) text += ',';
    append_number(text, size);
  }
  text += ']';
}

}  // namespace

void TextPiece::append_to(std::string& text) const {
  if (kind_ == Kind::kText)
    text.append(text_, size_);
  else if (kind_ == Kind::kLetter)
    text += static_cast<char>(number_);
  else if (kind_ == Kind::kSigned)
    append_number(text, number_);
  else if (kind_ == Kind::kUnsigned)
    append_number(text, static_cast<std::uint64_t>(number_));
  else if (kind_ == Kind::kReal)
    append_real(text, real_);
  else if (kind_ == Kind::kSizes)
    append_sizes(text, {sizes_, size_});
  else
    for (const TextPiece& piece : TextPieces(pieces_, size_)) piece.append_to(text);
}

std::string str_cat(TextPieces pieces) {
  std::string text;
  for (const TextPiece& piece : pieces) piece.append_to(text);
  return text;
}

void append_word(std::string& list, std::string_view word) {
  if (!list.empty()) list += ", ";
  list += word;
}

std::string joined(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) append_word(list, word);
  return list;
}

}  // namespace u2net::engine
