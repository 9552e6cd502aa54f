// SPDX-License-Identifier: Apache-2.0
#include "loader/pir/pir_operators.h"

#include <map>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/limits.h"
#include "loader/pir/ops/pir_ops.h"
#include "loader/pir/pir_constant.h"
#include "loader/pir/pir_values.h"
#include "loader/quoted.h"
#include "loader/refused_ops.h"

namespace u2net::engine {
namespace {

[[noreturn]] void fail(const std::string& why, std::string hint = {}) {
  throw Error(ErrorCode::kModelFormat, why, std::move(hint));
}
[[noreturn]] void fail_unsupported(const std::string& why) {
  throw Error(ErrorCode::kModelUnsupported, why);
}

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
  return std::to_string(unsupported.size()) +
         (unsupported.size() == 1 ? " operator is" : " operators are") + " not supported: " + names;
}

Json only(const Json& list, const std::string& what) {
  if (list.size() == 0) fail("the program has no " + what);
  if (list.size() > 1) {
    fail_unsupported("the program has " + std::to_string(list.size()) + " " + what +
                     ": control flow is not supported");
  }
  return *list.begin();
}

}  // namespace

Json pir_operators(const Json& root) {
  const Json program = pir_member(root, "program", JsonKind::kObject, "");
  const Json region = only(pir_member(program, "regions", JsonKind::kArray, "program"), "regions");
  const Json block = only(pir_member(region, "blocks", JsonKind::kArray, "region"), "blocks");
  for (const char* key : {"args", "kwargs"}) {
    const std::optional<Json> arguments = block.find(key);
    if (arguments && (arguments->is(JsonKind::kArray) || arguments->is(JsonKind::kObject)) &&
        arguments->size() > 0) {
      fail_unsupported("the block of the program has arguments, which is not supported");
    }
  }
  return pir_member(block, "ops", JsonKind::kArray, "block");
}

void check_pir_operators(const Json& ops) {
  std::map<std::string, int> unsupported;
  std::size_t parameters = 0, fetches = 0, number = 0;
  for (const Json op : ops) {
    const std::string place = "operator number " + std::to_string(number++);
    const std::string& short_name = pir_member(op, "#", JsonKind::kText, place).text();
    const std::string name = full_pir_name(short_name);
    parameters += is_pir_parameter(name);
    fetches += name == "pd_op.fetch";
    const bool known = is_pir_parameter(name) || is_pir_input(name) || is_pir_list(name) ||
                       is_pir_unpacking(name) || name == "pd_op.fetch" || is_pir_constant(name) ||
                       find_pir_op(short_name);
    if (!known) ++unsupported[quoted_name(name)];
  }
  if (ops.size() - parameters > kMaxOps || parameters > kMaxVariables) {
    throw Error(ErrorCode::kModelLimit,
                "the program has " + std::to_string(ops.size() - parameters) + " operators and " +
                    std::to_string(parameters) + " parameters, the limits are " +
                    std::to_string(kMaxOps) + " and " + std::to_string(kMaxVariables));
  }
  if (!unsupported.empty()) fail_unsupported(unsupported_text(unsupported));
  if (fetches == 0) {
    fail("the program has no fetch operator",
         "export it with paddle.jit.save or paddle.static.save_inference_model");
  }
}

}  // namespace u2net::engine
