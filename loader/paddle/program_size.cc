// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/program_size.h"

#include <string>

#include "framework.pb.h"

namespace u2net::engine {
namespace {

enum class Kind : std::uint8_t { kText, kNumbers, kMessage };

struct MessageShape;

// A field that takes memory besides the message that it is in.
struct Field {
  std::uint32_t number;
  Kind kind;
  const MessageShape* message = nullptr;
  bool connects = false;
};

struct MessageShape {
  std::size_t bytes;
  std::span<const Field> fields;
};

// Of framework.proto. Single numbers lie in their message.
constexpr MessageShape kLeaf{sizeof(proto::Scalar), {}};
constexpr Field kAttrFields[] = {{1, Kind::kText},
                                 {5, Kind::kText},
                                 {6, Kind::kNumbers},
                                 {7, Kind::kNumbers},
                                 {8, Kind::kText},
                                 {11, Kind::kNumbers},
                                 {14, Kind::kNumbers},
                                 {15, Kind::kNumbers},
                                 {16, Kind::kNumbers},
                                 {17, Kind::kText},
                                 {18, Kind::kText},
                                 {20, Kind::kMessage, &kLeaf},
                                 {21, Kind::kMessage, &kLeaf}};
constexpr MessageShape kAttr{sizeof(proto::OpDesc::Attr), kAttrFields};
constexpr Field kSlotFields[] = {{1, Kind::kText}, {2, Kind::kText, nullptr, true}};
constexpr MessageShape kSlot{sizeof(proto::OpDesc::Var), kSlotFields};
constexpr Field kOpFields[] = {{1, Kind::kMessage, &kSlot},
                               {2, Kind::kMessage, &kSlot},
                               {3, Kind::kText},
                               {4, Kind::kMessage, &kAttr}};
constexpr MessageShape kOp{sizeof(proto::OpDesc), kOpFields};
constexpr Field kTensorFields[] = {{2, Kind::kNumbers}};
constexpr MessageShape kTensor{sizeof(proto::VarType::TensorDesc), kTensorFields};
constexpr Field kLodTensorFields[] = {{1, Kind::kMessage, &kTensor}};
constexpr MessageShape kLodTensor{sizeof(proto::VarType::LoDTensorDesc), kLodTensorFields};
constexpr Field kTypeFields[] = {{3, Kind::kMessage, &kLodTensor}};
constexpr MessageShape kType{sizeof(proto::VarType), kTypeFields};
constexpr Field kVariableFields[] = {{1, Kind::kText}, {2, Kind::kMessage, &kType}};
constexpr MessageShape kVariable{sizeof(proto::VarDesc), kVariableFields};
constexpr Field kBlockFields[] = {{3, Kind::kMessage, &kVariable}, {4, Kind::kMessage, &kOp}};
constexpr MessageShape kBlock{sizeof(proto::BlockDesc), kBlockFields};
constexpr Field kPairFields[] = {{1, Kind::kText}, {2, Kind::kMessage, &kLeaf}};
constexpr MessageShape kPair{sizeof(proto::OpVersionMap::OpVersionPair), kPairFields};
constexpr Field kVersionsFields[] = {{1, Kind::kMessage, &kPair}};
constexpr MessageShape kVersions{sizeof(proto::OpVersionMap), kVersionsFields};
constexpr Field kProgramFields[] = {
    {1, Kind::kMessage, &kBlock}, {4, Kind::kMessage, &kLeaf}, {5, Kind::kMessage, &kVersions}};
constexpr MessageShape kProgram{sizeof(proto::ProgramDesc), kProgramFields};

// A list that grows has room for twice what is in it, and an arena keeps the smaller ones before.
constexpr std::uint64_t kGrowth = 4;
constexpr std::uint64_t kEntryBytes = kGrowth * sizeof(void*);
constexpr std::uint64_t kTextBytes = kEntryBytes + sizeof(std::string) + 4 * sizeof(void*);
// Twice: in the message, and where an attribute is read from it.
constexpr std::uint64_t kNumberBytes = 2 * kGrowth * sizeof(std::int64_t);

enum WireType : std::uint32_t { kVarint, kFixed64, kBytes, kGroup, kGroupEnd, kFixed32 };

// Walks over the fields of messages in messages; only the schema above makes it go deeper.
class Meter {
 public:
  ProgramSize size;

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

  static const Field* find(const MessageShape& shape, std::uint64_t number) {
    for (const Field& field : shape.fields) {
      if (field.number == number) return &field;
    }
    return nullptr;
  }

  bool add_field(std::span<const std::byte>& rest, std::uint64_t tag, const MessageShape& shape) {
    const Field* field = find(shape, tag >> 3);
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

  bool add_content(std::span<const std::byte> content, const Field* field) {
    if (!field) {
      size.bytes += kGrowth * (content.size() + 2 * sizeof(std::uint64_t));
    } else if (field->kind == Kind::kMessage) {
      return add(content, *field->message);
    } else if (field->kind == Kind::kText) {
      size.bytes += kTextBytes + content.size();
      size.connections += field->connects;
    } else {  // one byte a number at least
      size.bytes += kNumberBytes * content.size();
    }
    return true;
  }
};

}  // namespace

ProgramSize measure_program(std::span<const std::byte> bytes) {
  Meter meter;
  meter.add(bytes, kProgram);
  return meter.size;
}

}  // namespace u2net::engine
