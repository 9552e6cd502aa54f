// SPDX-License-Identifier: Apache-2.0
#include "loader/pir/pir_entry.h"

#include <utility>

#include "engine/base/text.h"
#include "loader/fail.h"
#include "loader/name_scope.h"
#include "loader/pir/pir_operators.h"
#include "loader/pir/pir_values.h"
#include "loader/quoted.h"

namespace u2net::engine {
namespace {

std::vector<PirId> ids(const Json& list, const std::string& where) {
  if (!list.is(JsonKind::kArray)) {
    fail_format(where, " is ", json_kind_name(list.kind()), ", expected an array");
  }
  std::vector<PirId> result;
  for (const Json item : list) {
    result.push_back(pir_member(item, "%", JsonKind::kInteger, where).integer());
  }
  return result;
}

}  // namespace

PirEntry PirEntry::read(const Json& op, std::size_t number) {
  const std::string name = full_pir_name(pir_member(op, "#", JsonKind::kText, "operator").text());
  const std::string where = str_cat("operator ", in_quotes(name), " (number ", number, ")");
  PirEntry e{name, where, op, {}, {}};
  if (const std::optional<Json> operands = op.find("I"))
    e.operands = ids(*operands, str_cat(where, ": 'I'"));
  const std::optional<Json> results = op.find("O");
  if (!results) fail_format(where, ": 'O' is missing");
  if (results->is(JsonKind::kObject)) {  // a parameter's
    e.results = {pir_member(*results, "%", JsonKind::kInteger, str_cat(where, ": 'O'")).integer()};
  } else {
    e.results = ids(*results, str_cat(where, ": 'O'"));
  }
  return e;
}

Json PirEntry::attributes() const { return pir_member(json, "A", JsonKind::kArray, where); }

TensorType PirEntry::result_type() const {
  const Json list = *json.find("O");
  const Json result = list.is(JsonKind::kObject) ? list : *list.begin();
  return read_pir_type(pir_member(result, "TT", JsonKind::kObject, where),
                       str_cat(where, ": the type of its result"));
}

std::string PirEntry::text_attribute(std::string_view key) const {
  const std::optional<Attribute> found = find_pir_attribute(attributes(), key, where);
  const auto* text = found ? std::get_if<std::string>(&*found) : nullptr;
  if (!text) fail_format(where, " has no text in attribute '", key, "'");
  return *text;
}

std::size_t PirEntry::list_size() const {
  const Json list = *json.find("O");
  if (results.empty()) fail_format(where, " has no result");
  const Json type = pir_member(*list.begin(), "TT", JsonKind::kObject, where);
  const std::size_t count = pir_member(type, "D", JsonKind::kArray, where).size();
  if (!pir_member(type, "#", JsonKind::kText, where).text().ends_with("t_vec") || count == 0)
    fail_format(where, " has no list of results");
  return count;
}

std::string PirEntry::scope() const {
  const std::optional<Attribute> found = find_pir_attribute(attributes(), "struct_name", where);
  const auto* path = found ? std::get_if<std::string>(&*found) : nullptr;
  if (!path) return {};
  const std::string_view layer = without_outer_slashes(*path);
  const std::size_t slash = layer.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(layer.substr(0, slash));
}

Attributes PirEntry::read_attributes(const PirOp& op) const {
  Attributes result;
  const Json list = attributes();
  for (const PirAttribute& attribute : op.attributes) {
    std::optional<Attribute> found = find_pir_attribute(list, attribute.name, where);
    if (found) result.emplace(attribute.paddle_name(), *std::move(found));
  }
  for (const PirFixed& fixed : op.fixed)
    result.insert_or_assign(std::string(fixed.name), fixed.value);
  return result;
}

}  // namespace u2net::engine
