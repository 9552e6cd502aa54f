// SPDX-License-Identifier: Apache-2.0
#include "loader/message_size.h"

#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/limits.h"

namespace u2net::engine {
namespace {

// A list that grows has room for twice what is in it, and an arena keeps the smaller ones before.
constexpr std::uint64_t kGrowth = 4;
constexpr std::uint64_t kEntryBytes = kGrowth * sizeof(void*);
constexpr std::uint64_t kTextBytes = kEntryBytes + sizeof(std::string) + 4 * sizeof(void*);
// Twice: in the message, and where an attribute is read from it.
constexpr std::uint64_t kNumberBytes = 2 * kGrowth * sizeof(std::int64_t);

enum WireType : std::uint32_t { kVarint, kFixed64, kBytes, kGroup, kGroupEnd, kFixed32 };

// Walks over the fields of messages in messages; only the tables make it go deeper.
class Meter {
 public:
  MessageSize size;

  // False where the bytes are damaged.
  bool add(std::span<const std::byte> rest, const MessageShape& shape) {
    size.bytes += shape.bytes + kEntryBytes;
    while (!rest.empty()) {
      std::uint64_t tag = 0;
      if (!take_varint(rest, tag) || !add_field(rest, tag, shape)) return false;
    }
    return true;
  }

 private:
  static bool take_varint(std::span<const std::byte>& rest, std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(rest.front());
      rest = rest.subspan(1);
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  static const MessageField* find(const MessageShape& shape, std::uint64_t number) {
    for (const MessageField& field : shape.fields) {
      if (field.number == number) return &field;
    }
    return nullptr;
  }

  bool add_field(std::span<const std::byte>& rest, std::uint64_t tag, const MessageShape& shape) {
    const MessageField* field = find(shape, tag >> 3);
    const auto wire = static_cast<std::uint32_t>(tag & 7);
    if (wire != kBytes) {
      const std::size_t before = rest.size();
      std::uint64_t ignored = 0;
      const std::size_t fixed = wire == kFixed64 ? 8 : wire == kFixed32 ? 4 : 0;
      if (wire > kFixed32 || fixed > rest.size()) return false;
      rest = rest.subspan(fixed);
      if (wire == kVarint && !take_varint(rest, ignored)) return false;
      // What a message does not know is kept as it is.
      size.bytes += field ? kNumberBytes : kGrowth * (before - rest.size() + sizeof tag);
      return true;
    }
    std::uint64_t length = 0;
    if (!take_varint(rest, length) || length > rest.size()) return false;
    const std::span<const std::byte> content = rest.first(static_cast<std::size_t>(length));
    rest = rest.subspan(content.size());
    return add_content(content, field);
  }

  bool add_content(std::span<const std::byte> content, const MessageField* field) {
    if (!field) {
      size.bytes += kGrowth * (content.size() + 2 * sizeof(std::uint64_t));
    } else if (field->kind == FieldKind::kMessage) {
      return add(content, *field->message);
    } else if (field->kind == FieldKind::kText) {
      size.bytes += kTextBytes + content.size();
      size.connections += field->connects;
    } else if (field->kind == FieldKind::kFixed) {
      size.bytes += kGrowth * content.size();
    } else {  // one byte a number at least
      size.bytes += kNumberBytes * content.size();
    }
    return true;
  }
};

}  // namespace

MessageSize measure_message(std::span<const std::byte> bytes, const MessageShape& shape) {
  Meter meter;
  meter.add(bytes, shape);
  return meter.size;
}

void check_message_size(std::span<const std::byte> bytes, const MessageShape& shape) {
  const MessageSize size = measure_message(bytes, shape);
  const std::uint64_t limit = kMaxMessageBytes + kMaxMessageBytesOfByte * bytes.size();
  if (size.bytes > limit) {
    throw_error(ErrorCode::kModelLimit, "reading it would take ", size.bytes >> 20,
                " MiB, the limit for a program of ", bytes.size(), " bytes is ", limit >> 20);
  }
  if (size.connections > kMaxConnections) {
    throw_error(ErrorCode::kModelLimit, "its operators have ", size.connections,
                " operands and results, the limit is ", kMaxConnections);
  }
}

}  // namespace u2net::engine
