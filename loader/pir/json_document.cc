// SPDX-License-Identifier: Apache-2.0
#include "loader/pir/json_document.h"

#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/limits.h"

namespace u2net::engine {

std::string_view json_kind_name(JsonKind kind) {
  constexpr std::string_view kNames[] = {"null",     "a boolean", "an integer", "a number",
                                         "a string", "an array",  "an object"};
  return kNames[static_cast<std::size_t>(kind)];
}

// What nlohmann's parser, which does not recurse, reports piece by piece.
class JsonBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonDocument take() { return std::move(document_); }

  bool null() override { return add({}); }
  bool boolean(bool value) override { return add({.kind = JsonKind::kBool, .integer = value}); }
  bool number_integer(number_integer_t value) override {
    return add({.kind = JsonKind::kInteger, .integer = value});
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (std::in_range<std::int64_t>(value)) return number_integer(static_cast<std::int64_t>(value));
    return number_float(static_cast<double>(value), {});
  }
  bool number_float(number_float_t value, const string_t&) override {
    return add({.kind = JsonKind::kReal, .real = value});
  }
  bool string(string_t& value) override {
    return add({.kind = JsonKind::kText, .text_or_first = text_of(value)});
  }
  bool binary(binary_t&) override { return add({}); }  // not in JSON

  bool start_object(std::size_t) override { return open(JsonKind::kObject); }
  bool start_array(std::size_t) override { return open(JsonKind::kArray); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    key_ = text_of(value);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    throw_error(ErrorCode::kModelFormat, "it is damaged, truncated or not JSON: byte ", position,
                " does not belong there");
  }

 private:
  struct Open {
    std::uint32_t index, last;  // the array or object, and its latest value
  };

  bool add(JsonDocument::Value value) {
    std::vector<JsonDocument::Value>& values = document_.values_;
    if (values.size() >= kMaxJsonValues) {
      throw_error(ErrorCode::kModelLimit, "it has more than ", kMaxJsonValues, " JSON values");
    }
    const auto index = static_cast<std::uint32_t>(values.size());
    value.key = std::exchange(key_, JsonDocument::kNone);
    values.push_back(value);
    if (open_.empty()) return true;
    Open& parent = open_.back();
    ++values[parent.index].integer;
    (parent.last == JsonDocument::kNone ? values[parent.index].text_or_first
                                        : values[parent.last].next) = index;
    parent.last = index;
    return true;
  }

  bool open(JsonKind kind) {
    if (open_.size() >= kMaxJsonDepth) {
      throw_error(ErrorCode::kModelLimit, "its JSON is nested deeper than ", kMaxJsonDepth);
    }
    add({.kind = kind});
    open_.push_back(
        {static_cast<std::uint32_t>(document_.values_.size() - 1), JsonDocument::kNone});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::uint32_t text_of(const std::string& text) {
    if (const auto known = numbers_.find(text); known != numbers_.end()) return known->second;
    const auto number = static_cast<std::uint32_t>(document_.texts_.size());
    numbers_.emplace(document_.texts_.emplace_back(text), number);
    return number;
  }

  JsonDocument document_;
  std::vector<Open> open_;
  std::uint32_t key_ = JsonDocument::kNone;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;  // of texts_
};

JsonDocument JsonDocument::parse(std::span<const std::byte> bytes) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  JsonBuilder builder;
  nlohmann::json::sax_parse(text, text + bytes.size(), &builder);
  return builder.take();
}

std::optional<Json> Json::find(std::string_view key) const {
  std::optional<Json> found;
  if (!is(JsonKind::kObject)) return found;
  for (const Json member : *this) {
    if (document_->texts_[member.value().key] == key) found = member;
  }
  return found;
}

}  // namespace u2net::engine
