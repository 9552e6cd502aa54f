// SPDX-License-Identifier: Apache-2.0
// What the pickle reader makes of a pickle: a flat list of plain values that refer to each other by
// number. Cycles and deep nests in a file are numbers here, so nothing recurses, loops or leaks.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

namespace u2net::engine {

enum class PickleKind : std::uint8_t {
  kNone,
  kBool,     // integer
  kInteger,  // integer
  kFloat,    // of no use to anybody here
  kLong,     // text: an integer of more than eight bytes
  kText,     // text: UTF-8, not validated
  kBytes,    // text: the bytes
  kLatin1,   // text: bytes that protocol 2 writes as UTF-8, one code point below 256 a byte
  kTuple,    // items
  kList,     // items
  kDict,     // items: key, value, key, value, ... as written, duplicates included
  kGlobal,   // integer: a PickleGlobal; text: its name in its module
  kDtype,    // text: "f4"; items: its state tuple once built
  kArray,    // items: its state tuple once built
  kStorage,  // PyTorch's; text: its key; items: its type
  kTensor,   // PyTorch's; items: a storage, offset, shape, strides, ...
};

using PickleRef = std::uint32_t;  // an index of Pickle::values

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  std::int64_t integer = 0;
  std::string_view text;  // borrows from the bytes that were read
  std::vector<PickleRef> items;
};

struct Pickle {
  std::deque<PickleValue> values;
  PickleRef root = 0;

  const PickleValue& operator[](PickleRef ref) const { return values[ref]; }
};

// "a dict", for messages.
inline std::string_view pickle_kind_name(PickleKind kind) {
  switch (kind) {
    case PickleKind::kNone:
      return "None";
    case PickleKind::kBool:
      return "a bool";
    case PickleKind::kInteger:
      return "an integer";
    case PickleKind::kFloat:
      return "a number";
    case PickleKind::kLong:
      return "a large integer";
    case PickleKind::kText:
      return "a string";
    case PickleKind::kBytes:
      return "bytes";
    case PickleKind::kLatin1:
      return "bytes";
    case PickleKind::kTuple:
      return "a tuple";
    case PickleKind::kList:
      return "a list";
    case PickleKind::kDict:
      return "a dict";
    case PickleKind::kGlobal:
      return "a class or function";
    case PickleKind::kDtype:
      return "a dtype";
    case PickleKind::kArray:
      return "an array";
    case PickleKind::kStorage:
      return "a storage";
    case PickleKind::kTensor:
      return "a tensor";
  }
  return "unknown";
}

}  // namespace u2net::engine
