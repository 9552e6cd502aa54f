// SPDX-License-Identifier: Apache-2.0
#include "loader/state_dict/find_parameters.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/quoted.h"

namespace u2net::engine {
namespace {

constexpr std::string_view kNames[] = {"state_dict", "model_state_dict", "model", "net", "network",
                                       "ema",        "params",           "module"};
constexpr int kMostDicts = 4;  // of dicts in dicts

bool is_parameter(const Pickle& pickle, const PickleValue& value) {
  if (value.kind == PickleKind::kArray || value.kind == PickleKind::kTensor) return true;
  // Paddle's tensor in a nest: (name, array)
  return value.kind == PickleKind::kTuple && value.items.size() == 2 &&
         pickle[value.items[1]].kind == PickleKind::kArray;
}

bool has_parameters(const Pickle& pickle, const PickleValue& dict) {
  for (std::size_t i = 1; i < dict.items.size(); i += 2) {
    if (is_parameter(pickle, pickle[dict.items[i]])) return true;
  }
  return false;
}

}  // namespace

PickleRef find_parameters(const Pickle& pickle, const std::string& where) {
  PickleRef at = pickle.root;
  for (int depth = 0; depth < kMostDicts; ++depth) {
    const PickleValue& dict = pickle[at];
    if (dict.kind != PickleKind::kDict || has_parameters(pickle, dict)) return at;
    std::vector<std::string> names;
    PickleRef next = at;
    for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      const PickleValue &key = pickle[dict.items[i]], &value = pickle[dict.items[i + 1]];
      if (key.kind != PickleKind::kText || value.kind != PickleKind::kDict || value.items.empty())
        continue;
      if (std::find(std::begin(kNames), std::end(kNames), key.text) == std::end(kNames)) continue;
      names.push_back(engine::in_quotes(key.text));
      next = dict.items[i + 1];
    }
    if (names.size() > 1) {
      throw Error(
          ErrorCode::kModelParams,
          str_cat(where, "it is a checkpoint with several dicts of parameters: ", joined(names)),
          "save one of them alone");
    }
    if (names.empty()) return at;
    at = next;
  }
  return at;
}

}  // namespace u2net::engine
