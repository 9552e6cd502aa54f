// SPDX-License-Identifier: Apache-2.0
#include "loader/pir/pir_values.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/text.h"
#include "loader/fail.h"
#include "loader/limits.h"
#include "loader/paddle/element_type.h"
#include "loader/quoted.h"

namespace u2net::engine {
namespace {

struct TypeName {
  std::string_view name, in_type;
  int number;
};
constexpr TypeName kTypeNames[] = {
    {"bool", "bool", 0},      {"int16", "i16", 1},      {"int32", "i32", 2},
    {"int64", "i64", 3},      {"float16", "f16", 4},    {"float32", "f32", 5},
    {"float64", "f64", 6},    {"uint8", "ui8", 20},     {"int8", "i8", 21},
    {"bfloat16", "bf16", 22}, {"complex64", "c64", 23}, {"complex128", "c128", 24}};

// "0.a_i32" -> "a_i32": which dialect a kind belongs to says nothing more.
std::string_view without_dialect(std::string_view name) { return name.substr(name.find('.') + 1); }

std::vector<std::int64_t> integers(const Json& data, const std::string& where) {
  if (!data.is(JsonKind::kArray)) fail_format(where, " is ", json_kind_name(data.kind()));
  std::vector<std::int64_t> values;
  values.reserve(data.size());
  for (const Json value : data) {
    if (!value.is(JsonKind::kInteger)) {
      fail_format(where, " contains ", json_kind_name(value.kind()), ", expected integers");
    }
    values.push_back(value.integer());
  }
  return values;
}

// {"#": kind, "D": data}, or {"#": kind, "VD": name} of a number that JSON has not.
struct AttributeParts {
  std::string_view kind;
  Json data;
  bool is_named = false;
};

AttributeParts parts_of(const Json& attribute, const std::string& where) {
  const Json kind = pir_member(attribute, "#", JsonKind::kText, where);
  const std::optional<Json> data = attribute.find("D");
  const std::optional<Json> name = data ? std::nullopt : attribute.find("VD");
  if (!data && !name) fail_format(where, " has neither 'D' nor 'VD'");
  return {without_dialect(kind.text()), data ? *data : *name, !data};
}

std::optional<double> number_of(const Json& name) {
  using Limits = std::numeric_limits<double>;
  for (const double value : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
    if (name.is(JsonKind::kText) && name.text() == pir_number_name(value)) return value;
  }
  return std::nullopt;
}

[[noreturn]] void wrong_data(const AttributeParts& parts, const std::string& where) {
  fail_format(where, " of kind '", parts.kind, "' holds ", json_kind_name(parts.data.kind()));
}

std::optional<Attribute> single(const AttributeParts& parts, const std::string& where) {
  const auto& [kind, data, is_named] = parts;
  if (is_named) {
    const bool is_real = kind == "a_f32" || kind == "a_f64";
    if (const std::optional<double> number = number_of(data); is_real && number) return *number;
  } else if (kind == "a_bool") {
    if (data.is(JsonKind::kBool)) return data.boolean();
  } else if (kind == "a_i32" || kind == "a_i64") {
    if (data.is(JsonKind::kInteger)) return data.integer();
  } else if (kind == "a_f32" || kind == "a_f64") {
    if (data.is_number()) return data.real();
  } else if (kind == "a_str") {
    if (data.is(JsonKind::kText)) return data.text();
  } else if (kind == "a_dtype") {
    if (data.is(JsonKind::kText)) return std::int64_t{pir_dtype_number(data.text())};
  } else {
    return std::nullopt;
  }
  wrong_data(parts, where);
}

// A list takes the type of its first value, as AttributeReader does with lists of numbers.
Attribute list(const Json& data, const std::string& where) {
  std::vector<Attribute> values;
  for (const Json item : data) {
    const AttributeParts parts = parts_of(item, where);
    std::optional<Attribute> value = single(parts, where);
    if (!value) fail_unsupported(where, " is a list of '", parts.kind, "'");
    if (!values.empty() && value->index() != values.front().index()) {
      fail_format(where, " is a list of values of several kinds");
    }
    values.push_back(*std::move(value));
  }
  const auto gather = [&]<class T>(const T&) -> Attribute {
    std::vector<T> result;
    for (const Attribute& value : values) result.push_back(std::get<T>(value));
    return result;
  };
  if (values.empty()) return std::vector<std::int64_t>();
  if (std::holds_alternative<bool>(values.front())) return gather(bool{});
  if (std::holds_alternative<double>(values.front())) return gather(double{});
  if (std::holds_alternative<std::string>(values.front())) return gather(std::string{});
  return gather(std::int64_t{});
}

Attribute read_attribute(const Json& attribute, const std::string& where) {
  const AttributeParts parts = parts_of(attribute, where);
  if (parts.kind == "a_intarray" && !parts.is_named) return integers(parts.data, where);
  if (parts.kind == "a_array" && !parts.is_named) {
    if (!parts.data.is(JsonKind::kArray)) wrong_data(parts, where);
    return list(parts.data, where);
  }
  std::optional<Attribute> value = single(parts, where);
  if (!value) fail_unsupported(where, " has the unknown kind ", in_quotes(parts.kind));
  return *std::move(value);
}

}  // namespace

std::string_view pir_number_name(double value) {
  if (std::isfinite(value)) return {};
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "INF" : "-INF";
}

int pir_dtype_number(std::string_view name) {
  for (const TypeName& type : kTypeNames) {
    if (type.name == name) return type.number;
  }
  return -1;
}

std::string pir_dtype_name(int number) {
  for (const TypeName& type : kTypeNames) {
    if (type.number == number) return std::string(type.name);
  }
  return "undefined";
}

std::string pir_type_name(int number) {
  for (const TypeName& type : kTypeNames) {
    if (type.number == number) return str_cat("0.t_", type.in_type);
  }
  return "0.t_undefined";
}

Json pir_member(const Json& object, std::string_view key, JsonKind kind, const std::string& where) {
  const std::optional<Json> member = object.find(key);
  const std::string name = str_cat(where, where.empty() ? "'" : ": '", key, "'");
  if (!member) fail_format(name, " is missing");
  if (!member->is(kind)) {
    fail_format(name, " is ", json_kind_name(member->kind()), ", expected ", json_kind_name(kind));
  }
  return *member;
}

TensorType read_pir_type(const Json& type, const std::string& where) {
  const std::string& kind = pir_member(type, "#", JsonKind::kText, where).text();
  if (without_dialect(kind) != "t_dtensor") {
    fail_unsupported(where, " is ", in_quotes(kind), ", only dense tensors are supported");
  }
  const Json data = pir_member(type, "D", JsonKind::kArray, where);
  if (data.size() < 2) fail_format(where, " has ", data.size(), " parts, expected 5");
  Json::Iterator part = data.begin();
  const std::string& element = pir_member(*part, "#", JsonKind::kText, where).text();
  std::optional<DType> dtype;
  for (const TypeName& name : kTypeNames) {
    if (str_cat("t_", name.in_type) == without_dialect(element)) {
      dtype = dtype_from_paddle(name.number);
    }
  }
  if (!dtype) {
    fail_unsupported(where, " has elements of type ", in_quotes(element),
                     ", which is not supported");
  }
  TensorType result{*dtype, integers(*++part, str_cat(where, ": its shape"))};
  if (result.shape.size() > kMaxRank) {
    fail_format(where, " has ", result.shape.size(), " dimensions");
  }
  return result;
}

std::optional<Attribute> find_pir_attribute(const Json& list, std::string_view name,
                                            const std::string& where) {
  for (const Json item : list) {
    if (pir_member(item, "N", JsonKind::kText, where).text() != name) continue;
    return read_attribute(pir_member(item, "AT", JsonKind::kObject, where),
                          str_cat(where, ": attribute '", name, "'"));
  }
  return std::nullopt;
}

}  // namespace u2net::engine
