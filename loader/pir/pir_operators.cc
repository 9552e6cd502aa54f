// SPDX-License-Identifier: Apache-2.0
#include "loader/pir/pir_operators.h"

#include <map>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/fail.h"
#include "loader/limits.h"
#include "loader/pir/ops/pir_ops.h"
#include "loader/pir/pir_constant.h"
#include "loader/pir/pir_values.h"
#include "loader/quoted.h"
#include "loader/refused_ops.h"

namespace u2net::engine {
namespace {

std::string quoted_name(const std::string& name) {
  return name.size() > kMaxQuotedBytes ? in_quotes(name) : name;
}

std::string unsupported_text(const std::map<std::string, int>& unsupported) {
  constexpr std::size_t kMostNamed = 50;
  std::string names;
  std::size_t named = 0;
  for (const auto& [type, count] : unsupported) {
    if (named++ == kMostNamed) {
      names += ", ...";
      break;
    }
    append_word(names, type + unsupported_suffix(type.substr(type.find('.') + 1), count));
  }
  return str_cat(unsupported.size(), unsupported.size() == 1 ? " operator is" : " operators are",
                 " not supported: ", names);
}

Json only(const Json& list, const std::string& what) {
  if (list.size() == 0) fail_format("the program has no ", what);
  if (list.size() > 1) {
    fail_unsupported("the program has ", list.size(), " ", what, ": control flow is not supported");
  }
  return *list.begin();
}

Json block_of(const Json& region) {
  return only(pir_member(region, "blocks", JsonKind::kArray, "region"), "blocks");
}

Json operators_of(const Json& region) {
  const Json block = block_of(region);
  for (const char* key : {"args", "kwargs"}) {
    const std::optional<Json> arguments = block.find(key);
    if (arguments && (arguments->is(JsonKind::kArray) || arguments->is(JsonKind::kObject)) &&
        arguments->size() > 0) {
      fail_unsupported("a block of the program has arguments, which is not supported");
    }
  }
  return pir_member(block, "ops", JsonKind::kArray, "block");
}

// What there is of everything, in branches too.
struct Counts {
  std::map<std::string, int> unsupported;
  std::size_t operators = 0, parameters = 0, fetches = 0;

  // As deep as the JSON is at most (kMaxJsonDepth).
  void add(const Json& ops, bool in_branch = false) {
    std::size_t number = 0;
    for (const Json op : ops) {
      const std::string place = str_cat("operator number ", number++);
      const std::string& short_name = pir_member(op, "#", JsonKind::kText, place).text();
      const std::string name = full_pir_name(short_name);
      ++operators;
      parameters += is_pir_parameter(name);
      fetches += name == "pd_op.fetch";
      if (is_pir_branch(name)) {
        const auto [when_true, when_false] = pir_branches(op, place);
        add(when_true, true);
        add(when_false, true);
        continue;
      }
      if (is_pir_loop(name)) {
        add(pir_loop(op, place).second, true);
        continue;
      }
      const bool known = is_pir_parameter(name) || is_pir_input(name) || is_pir_list(name) ||
                         is_pir_unpacking(name) || name == "pd_op.fetch" ||
                         (in_branch && name == "cf.yield") || is_pir_constant(name) ||
                         find_pir_op(short_name);
      if (!known) ++unsupported[quoted_name(name)];
    }
  }
};

}  // namespace

Json pir_operators(const Json& root) {
  const Json program = pir_member(root, "program", JsonKind::kObject, "");
  return operators_of(only(pir_member(program, "regions", JsonKind::kArray, "program"), "regions"));
}

std::pair<Json, Json> pir_branches(const Json& op, const std::string& where) {
  const Json regions = pir_member(op, "regions", JsonKind::kArray, where);
  if (regions.size() != 2) fail_format(where, " has ", regions.size(), " regions, expected 2");
  auto region = regions.begin();
  const Json when_true = *region;
  const Json when_false = *++region;
  return {operators_of(when_true), operators_of(when_false)};
}

std::pair<std::vector<std::int64_t>, Json> pir_loop(const Json& op, const std::string& where) {
  const Json block = block_of(only(pir_member(op, "regions", JsonKind::kArray, where), "regions"));
  std::vector<std::int64_t> arguments;
  for (const Json argument : pir_member(block, "args", JsonKind::kArray, where))
    arguments.push_back(pir_member(argument, "#", JsonKind::kInteger, where).integer());
  return {std::move(arguments), pir_member(block, "ops", JsonKind::kArray, "block")};
}

void check_pir_operators(const Json& ops) {
  Counts counts;
  counts.add(ops);
  if (counts.operators - counts.parameters > kMaxOps || counts.parameters > kMaxVariables) {
    throw_error(ErrorCode::kModelLimit, "the program has ", counts.operators - counts.parameters,
                " operators and ", counts.parameters, " parameters, the limits are ", kMaxOps,
                " and ", kMaxVariables);
  }
  if (!counts.unsupported.empty()) fail_unsupported(unsupported_text(counts.unsupported));
  if (counts.fetches == 0) {
    throw Error(ErrorCode::kModelFormat, "the program has no fetch operator",
                "export it with paddle.jit.save or paddle.static.save_inference_model");
  }
}

}  // namespace u2net::engine
