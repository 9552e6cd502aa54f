// SPDX-License-Identifier: Apache-2.0
// The attributes of one operator as a file gives them, by name, without protobuf or JSON. An op
// file decodes them through an AttributeReader, which applies the operator's own default to a
// missing one and names the operator and attribute when a value has the wrong type.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace u2net::engine {

// A value that is not in the file but in a variable of the program.
struct VariableReference {
  std::vector<std::string> names;
  bool is_operand = false;  // a slot of the node's has it: to a reader the attribute is missing
};

using Attribute = std::variant<bool, std::int64_t, double, std::string, std::vector<bool>,
                               std::vector<std::int64_t>, std::vector<double>,
                               std::vector<std::string>, VariableReference>;
using Attributes = std::map<std::string, Attribute, std::less<>>;

class AttributeReader {
 public:
  // Both must outlive the reader.
  AttributeReader(std::string_view op_type, const Attributes& attributes)
      : op_type_(op_type), attributes_(attributes) {}

  std::string_view op_type() const { return op_type_; }
  bool has(std::string_view name) const;
  // The program computes it, and an operand of the node stands for it.
  bool is_operand(std::string_view name) const;

  // Each accepts the neighbouring types that exporters of different ages write (a bool as an int, a
  // list of one for a scalar, floats as doubles) and throws kModelFormat for anything else.
  bool boolean(std::string_view name, bool otherwise) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  double real(std::string_view name, double otherwise) const;
  std::string text(std::string_view name, std::string otherwise) const;
  std::vector<std::int64_t> integers(std::string_view name,
                                     std::vector<std::int64_t> otherwise) const;
  std::vector<double> reals(std::string_view name, std::vector<double> otherwise) const;

  [[noreturn]] void fail(std::string_view name, const std::string& why) const;

 private:
  const Attribute* find(std::string_view name) const;

  std::string_view op_type_;
  const Attributes& attributes_;
};

}  // namespace u2net::engine
