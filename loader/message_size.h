// SPDX-License-Identifier: Apache-2.0
// What a protobuf file would take in memory once it is read: two bytes of a file can be a message
// of three hundred, so this is found out before any message is made. A format says in tables what
// its messages hold; nothing here needs protobuf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace u2net::engine {

enum class FieldKind : std::uint8_t {
  kText,
  kNumbers,  // varints, one byte each at the least
  kFixed,    // numbers of four or eight bytes, which packed lists hold as they are
  kMessage,
};

struct MessageShape;

// A field that takes memory besides the message that it is in.
struct MessageField {
  std::uint32_t number;
  FieldKind kind;
  const MessageShape* message = nullptr;
  bool connects = false;  // an operand or a result of an operator
};

struct MessageShape {
  std::size_t bytes;
  std::span<const MessageField> fields;
};

struct MessageSize {
  std::uint64_t bytes = 0;        // that protobuf's messages will take, at most
  std::uint64_t connections = 0;  // fields that connect
};

// Of the bytes of such a message; of what is damaged, as far as it goes. Takes no memory.
MessageSize measure_message(std::span<const std::byte> bytes, const MessageShape& shape);

// Throws kModelLimit where that is more than a file of so many bytes may take, or its operators
// have too many operands.
void check_message_size(std::span<const std::byte> bytes, const MessageShape& shape);

}  // namespace u2net::engine
