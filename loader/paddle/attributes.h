// SPDX-License-Identifier: Apache-2.0
// The attributes of one operator as a file gives them, by name, without protobuf or JSON. An op
// file decodes them through an AttributeReader, which applies the operator's own default to a
// missing one and names the operator and attribute when a value has the wrong type.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "engine/base/text.h"

namespace u2net::engine {

// A value that is not in the file but in a variable of the program.
struct VariableReference {
  std::vector<std::string> names;
  bool is_operand = false;  // a slot of the node's has it: to a reader the attribute is missing
};

using Attribute = std::variant<bool, std::int64_t, double, std::string, std::vector<bool>,
                               std::vector<std::int64_t>, std::vector<double>,
                               std::vector<std::string>, VariableReference>;

// One to be, for the length of a call: a list of these takes little code, where one of pairs makes
// and destroys every name and value twice.
class NamedAttribute {
 public:
  template <class T>
  NamedAttribute(const char* name, const T& value) : name_(name), value_(view_of(value)) {}

  const char* name() const { return name_; }
  Attribute value() const;

 private:
  using View =
      std::variant<bool, std::int64_t, double, std::string_view, const std::vector<bool>*,
                   const std::vector<std::int64_t>*, const std::vector<double>*,
                   const std::vector<std::string>*, const VariableReference*, const Attribute*>;
  template <class T>
  static View view_of(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      return value;
    } else if constexpr (std::is_integral_v<T>) {
      return static_cast<std::int64_t>(value);
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<double>(value);
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
      return std::string_view(value);
    } else {
      return &value;
    }
  }

  const char* name_;
  View value_;
};

struct Attributes : std::map<std::string, Attribute, std::less<>> {
  Attributes() = default;
  Attributes(std::initializer_list<NamedAttribute> all);
};

class AttributeReader {
 public:
  // Both must outlive the reader.
  AttributeReader(std::string_view op_type, const Attributes& attributes)
      : op_type_(op_type), attributes_(attributes) {}

  std::string_view op_type() const { return op_type_; }
  bool has(const char* name) const;
  // The program computes it, and an operand of the node stands for it.
  bool is_operand(const char* name) const;

  // Each accepts the neighbouring types that exporters of different ages write (a bool as an int, a
  // list of one for a scalar, floats as doubles) and throws kModelFormat for anything else.
  bool boolean(const char* name, bool otherwise) const;
  std::int64_t integer(const char* name, std::int64_t otherwise) const;
  double real(const char* name, double otherwise) const;
  std::string text(const char* name, std::string otherwise) const;
  std::vector<std::int64_t> integers(const char* name, std::vector<std::int64_t> otherwise) const;
  std::vector<double> reals(const char* name, std::vector<double> otherwise) const;

  [[noreturn]] void fail(const char* name, const char* why) const;
  template <class... Pieces>
  [[noreturn]] inline __attribute__((always_inline)) void fail(const char* name,
                                                               const Pieces&... why) const {
    const TextPiece list[] = {TextPiece(why)...};
    fail_with(name, list);
  }

 private:
  [[noreturn]] void fail_with(const char* name, TextPieces why) const;
  const Attribute* find(const char* name) const;

  std::string_view op_type_;
  const Attributes& attributes_;
};

}  // namespace u2net::engine
