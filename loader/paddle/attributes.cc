// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/attributes.h"

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {

Attribute NamedAttribute::value() const {
  return std::visit(
      [](const auto& view) -> Attribute {
        using T = std::decay_t<decltype(view)>;
        if constexpr (std::is_pointer_v<T>) {
          return *view;
        } else if constexpr (std::is_same_v<T, std::string_view>) {
          return std::string(view);
        } else {
          return view;
        }
      },
      value_);
}

Attributes::Attributes(std::initializer_list<NamedAttribute> all) {
  for (const NamedAttribute& one : all) emplace(one.name(), one.value());
}

const Attribute* AttributeReader::find(const char* name) const {
  const auto it = attributes_.find(name);
  if (it == attributes_.end()) return nullptr;
  if (const auto* reference = std::get_if<VariableReference>(&it->second)) {
    if (reference->is_operand) return nullptr;
    std::string names;
    for (const std::string& n : reference->names)
      names += str_cat(names.empty() ? "'" : ", '", n, "'");
    throw_error(ErrorCode::kModelUnsupported, "operator '", op_type_, "': attribute '", name,
                "' is given by variable ", names, ", which is not supported");
  }
  return &it->second;
}

bool AttributeReader::has(const char* name) const { return find(name) != nullptr; }

bool AttributeReader::is_operand(const char* name) const {
  const auto it = attributes_.find(name);
  if (it == attributes_.end()) return false;
  const auto* reference = std::get_if<VariableReference>(&it->second);
  return reference && reference->is_operand;
}

void AttributeReader::fail(const char* name, const char* why) const {
  const TextPiece piece(why);
  fail_with(name, {&piece, 1});
}

void AttributeReader::fail_with(const char* name, TextPieces why) const {
  throw_error(ErrorCode::kModelFormat, "operator '", op_type_, "': attribute '", name, "' ", why);
}

bool AttributeReader::boolean(const char* name, bool otherwise) const {
  const Attribute* attribute = find(name);
  if (attribute == nullptr) return otherwise;
  if (const auto* b = std::get_if<bool>(attribute)) return *b;
  if (const auto* i = std::get_if<std::int64_t>(attribute)) return *i != 0;
  fail(name, "is not a boolean");
}

std::int64_t AttributeReader::integer(const char* name, std::int64_t otherwise) const {
  const Attribute* attribute = find(name);
  if (attribute == nullptr) return otherwise;
  if (const auto* i = std::get_if<std::int64_t>(attribute)) return *i;
  fail(name, "is not an integer");
}

double AttributeReader::real(const char* name, double otherwise) const {
  const Attribute* attribute = find(name);
  if (attribute == nullptr) return otherwise;
  if (const auto* d = std::get_if<double>(attribute)) return *d;
  if (const auto* i = std::get_if<std::int64_t>(attribute)) return static_cast<double>(*i);
  fail(name, "is not a number");
}

std::string AttributeReader::text(const char* name, std::string otherwise) const {
  const Attribute* attribute = find(name);
  if (attribute == nullptr) return otherwise;
  if (const auto* s = std::get_if<std::string>(attribute)) return *s;
  fail(name, "is not a string");
}

std::vector<std::int64_t> AttributeReader::integers(const char* name,
                                                    std::vector<std::int64_t> otherwise) const {
  const Attribute* attribute = find(name);
  if (attribute == nullptr) return otherwise;
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(attribute)) return *list;
  if (const auto* i = std::get_if<std::int64_t>(attribute)) return {*i};
  fail(name, "is not a list of integers");
}

std::vector<double> AttributeReader::reals(const char* name, std::vector<double> otherwise) const {
  const Attribute* attribute = find(name);
  if (attribute == nullptr) return otherwise;
  if (const auto* list = std::get_if<std::vector<double>>(attribute)) return *list;
  if (const auto* d = std::get_if<double>(attribute)) return {*d};
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(attribute)) {
    return {list->begin(), list->end()};
  }
  if (const auto* i = std::get_if<std::int64_t>(attribute)) return {static_cast<double>(*i)};
  fail(name, "is not a list of numbers");
}

}  // namespace u2net::engine
