// SPDX-License-Identifier: Apache-2.0
#include "loader/pir/pir_table.h"

#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/stack.h"
#include "loader/fail.h"
#include "loader/limits.h"

namespace u2net::engine {
namespace {}  // namespace

void PirTable::define(const PirEntry& e, PirValue value) {
  std::vector<PirValue> values;
  values.push_back(std::move(value));
  define_all(e, std::move(values));
}

void PirTable::define_all(const PirEntry& e, std::vector<PirValue> values) {
  if (e.results.empty()) fail_format(e.where, " has no result");
  for (std::size_t i = 0; i < e.results.size(); ++i)
    define_one(e, e.results[i], i < values.size() ? std::move(values[i]) : PirValue{});
}
void PirTable::define_one(const PirEntry& e, PirId id, PirValue value) {
  if (id <= 0) fail_format(e.where, " defines value ", id);
  if (!values_.emplace(id, std::move(value)).second)
    fail_format(e.where, " defines value ", id, ", which exists already");
  defined_.push_back(id);
}

const PirValue& PirTable::value(PirId id, const std::string& where) const {
  const auto found = values_.find(id);
  if (found == values_.end()) {
    fail_format(where, " reads value ", id, ", which nothing before it defines");
  }
  const PirValue& v = found->second;
  if (v.id == kNoValue && !v.constant && !v.is_list) {
    fail_unsupported(where, " reads value ", id, ", a result that is for training only");
  }
  return v;
}

std::string PirTable::unique_name(const std::string& name) {
  if (names_.insert(name).second) return name;
  int& number = numbers_[name];  // of many rounds of a loop none tries them all
  while (true) {
    std::string numbered = str_cat(name, "_", ++number);
    if (names_.insert(numbered).second) return numbered;
  }
}

ValueId PirTable::graph_value(PirId id, const std::string& where) {
  const PirValue& v = value(id, where);
  if (v.id != kNoValue) return v.id;
  if (v.is_stack) return stacked_value(id, where);
  if (v.is_list) fail_unsupported(where, " reads value ", id, ", a list, as a tensor");
  const ValueId constant =
      graph_.add_constant(unique_name(str_cat("constant_", id)), std::move(*v.constant));
  PirValue& known = values_.at(id);
  known.id = constant;
  known.constant = nullptr;
  return constant;
}

ValueId PirTable::stacked_value(PirId id, const std::string& where) {
  const std::vector<PirId> parts = value(id, where).list;
  Node node{.name = unique_name(str_cat("stack_", id)),
            .op = make_operator<Stack>(0),
            .inputs = {{}},
            .outputs = {}};
  for (PirId part : parts) node.inputs[0].push_back(graph_value(part, where));
  const ValueId result = graph_.add_value({.name = node.name, .type = {}, .constant = nullptr});
  node.outputs = {{result}};
  graph_.nodes.push_back(std::move(node));
  values_.at(id).id = result;
  return result;
}

void PirTable::count_connections(std::size_t more) {
  connections_ += more;
  if (connections_ <= kMaxConnections) return;
  throw_error(ErrorCode::kModelLimit, "the program has more than ", kMaxConnections,
              " connections between operators");
}

void PirTable::define_argument(const PirEntry& e, PirId id, ValueId value) {
  if (id >= 0 || id <= last_own_id_) fail_format(e.where, " has an argument ", id);
  if (!values_.emplace(id, PirValue{.id = value}).second)
    fail_format(e.where, " has an argument ", id, " that exists already");
  defined_.push_back(id);
}

PirId PirTable::add_own(PirValue value) {
  values_.emplace(--last_own_id_, std::move(value));
  return last_own_id_;
}

void PirTable::forget_from(std::size_t mark) {
  for (std::size_t i = mark; i < defined_.size(); ++i) values_.erase(defined_[i]);
  defined_.resize(mark);
}

}  // namespace u2net::engine
