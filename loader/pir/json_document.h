// SPDX-License-Identifier: Apache-2.0
// A JSON text as a flat list of values that refer to each other by number: depth, number and size
// of what a file may hold are bounded, and nothing recurses over it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace u2net::engine {

enum class JsonKind : std::uint8_t { kNull, kBool, kInteger, kReal, kText, kArray, kObject };

// "an array", for messages.
std::string_view json_kind_name(JsonKind kind);

class Json;

class JsonDocument {
 public:
  // Throws kModelFormat where the bytes are no JSON and kModelLimit where they hold too much.
  static JsonDocument parse(std::span<const std::byte> bytes);

  Json root() const;

 private:
  friend class Json;
  friend class JsonBuilder;

  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  struct Value {
    JsonKind kind = JsonKind::kNull;
    std::uint32_t key = kNone;   // the text before it in an object
    std::uint32_t next = kNone;  // behind it in the array or object
    std::uint32_t text_or_first =
        kNone;                 // of a text: where; of an array or object: its first value
    std::int64_t integer = 0;  // also: 0 or 1; how many values are in an array or object
    double real = 0;
  };

  std::vector<Value> values_;
  std::deque<std::string> texts_;  // each once
};

// A value of a document, which must outlive it.
class Json {
 public:
  class Iterator {
   public:
    Iterator(const JsonDocument& document, std::uint32_t index)
        : document_(&document), index_(index) {}
    Json operator*() const { return {*document_, index_}; }
    Iterator& operator++() {
      index_ = document_->values_[index_].next;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const JsonDocument* document_;
    std::uint32_t index_;
  };

  Json(const JsonDocument& document, std::uint32_t index) : document_(&document), index_(index) {}

  JsonKind kind() const { return value().kind; }
  bool is(JsonKind kind) const { return value().kind == kind; }
  bool is_number() const { return is(JsonKind::kInteger) || is(JsonKind::kReal); }

  // Each only for values of its kind.
  bool boolean() const { return value().integer != 0; }
  std::int64_t integer() const { return value().integer; }
  double real() const {
    return is(JsonKind::kInteger) ? static_cast<double>(value().integer) : value().real;
  }
  const std::string& text() const { return document_->texts_[value().text_or_first]; }

  // Of an array or object.
  std::size_t size() const { return static_cast<std::size_t>(value().integer); }
  Iterator begin() const { return {*document_, value().text_or_first}; }
  Iterator end() const { return {*document_, JsonDocument::kNone}; }

  // In an object (of several the last, as most parsers do); nothing in any other value.
  std::optional<Json> find(std::string_view key) const;

 private:
  const JsonDocument::Value& value() const { return document_->values_[index_]; }

  const JsonDocument* document_;
  std::uint32_t index_;
};

inline Json JsonDocument::root() const { return {*this, 0}; }

}  // namespace u2net::engine
