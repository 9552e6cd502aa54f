// SPDX-License-Identifier: Apache-2.0
// Which operators of a PIR program there are, by what the reader does with them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loader/pir/json_document.h"

namespace u2net::engine {

inline bool is_pir_parameter(std::string_view name) { return name == "builtin.parameter"; }
inline bool is_pir_input(std::string_view name) {
  return name == "pd_op.data" || name == "pd_op.feed";
}
// Several values under one name, and the reverse.
inline bool is_pir_list(std::string_view name) { return name == "builtin.combine"; }
inline bool is_pir_unpacking(std::string_view name) {
  return name == "builtin.split" || name == "builtin.slice";
}

// Runs one of two lists of operators.
inline bool is_pir_branch(std::string_view name) { return name == "pd_op.if"; }

// Runs one list as long as its condition holds.
inline bool is_pir_loop(std::string_view name) { return name == "pd_op.while"; }

// Those of the one block of the one region of a program.
Json pir_operators(const Json& root);
// Those of a branch where the condition holds, and those where it does not.
std::pair<Json, Json> pir_branches(const Json& op, const std::string& where);
// The ids of what a loop hands to each round, and the operators of one.
std::pair<std::vector<std::int64_t>, Json> pir_loop(const Json& op, const std::string& where);

// Throws kModelUnsupported with all names that the engine lacks at once, kModelLimit for too many
// operators, kModelFormat where nothing is fetched.
void check_pir_operators(const Json& ops);

}  // namespace u2net::engine
