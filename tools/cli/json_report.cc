// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/json_report.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <span>
#include <system_error>

#include "engine/base/atomic_file.h"
#include "tools/cli/build_info.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/standard_streams.h"

namespace u2net::cli {
using namespace engine;

Json new_report(std::string_view command) {
  Json report;
  report["schema"] = "u2net." + std::string(command) + "/1";
  report["u2net"] = {
      {"version", version()}, {"compiler", compiler()}, {"build_type", build_type()}};
  return report;
}

Json error_json(const Error& error) {
  return {{"code", static_cast<int>(exit_code(error.code()))},
          {"name", error_name(error.code())},
          {"message", error.what()},
          {"hint", error.hint().empty() ? Json(nullptr) : Json(error.hint())}};
}

double rounded(double value) { return std::round(value * 1e3) / 1e3; }

double significant(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double unit = std::pow(10, 3 - std::floor(std::log10(std::fabs(value))));
  return std::round(value * unit) / unit;
}

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

double shortest(float value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  double result = static_cast<double>(value);
  if (std::isfinite(value) && error == std::errc()) std::from_chars(text, end, result);
  return result;
}

std::string json_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_report(const Json& report, std::string_view destination) {
  const std::string text = report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (destination == kStdout) return write_stdout(text);
  write_file_atomically(destination, std::as_bytes(std::span(text)));
}

Json precision_json(const engine::PrecisionDecision& decision) {
  Json json = {{"asked", precision_name(decision.asked)},
               {"taken", precision_name(decision.taken)}};
  if (decision.asked != decision.taken) json["why"] = decision.why;
  return json;
}

}  // namespace u2net::cli
