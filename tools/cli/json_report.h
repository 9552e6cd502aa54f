// SPDX-License-Identifier: Apache-2.0
// The machine-readable side of a command: one JSON document with a schema name. Fields may be
// added; a changed meaning gets a new number behind the slash.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/plan/precision.h"

namespace u2net::cli {
using namespace engine;

using Json = nlohmann::ordered_json;

inline constexpr std::string_view kStdout = "-";  // as the destination of a report

// {"schema": "u2net.COMMAND/1", "u2net": {...}}
Json new_report(std::string_view command);
// {"code": the exit code, "name", "message", "hint"}
Json error_json(const Error& error);

// Three decimals: a finer time is noise.
double rounded(double value);
// Four digits that count.
double significant(double value);
// Null where it is infinite or not a number, which JSON cannot say.
Json finite(double value);
// The double that prints with the float's own few digits.
double shortest(float value);

// To standard output or, atomically, a file. Bytes that are not UTF-8 become U+FFFD. Throws Error
// (kOutput).
void write_report(const Json& report, std::string_view destination);
// One line, with its end, by the same rules.
std::string json_line(const Json& value);

// {"asked": "bf16", "taken": "f32", "why": "..."}; without `why` where they are the same.
Json precision_json(const PrecisionDecision& decision);

}  // namespace u2net::cli
