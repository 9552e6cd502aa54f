// SPDX-License-Identifier: Apache-2.0
#include "tools/serve/errors.h"

#include <algorithm>
#include <iterator>

#include "tools/cli/diagnostics.h"
#include "tools/cli/json_report.h"

namespace u2net::serve {
using namespace engine;
namespace {

struct StatusName {
  int status;
  const char* name;
};
constexpr StatusName kNames[] = {
    {400, "E-REQUEST"},     {403, "E-FORBIDDEN"},  {404, "E-NOT-FOUND"},  {405, "E-METHOD"},
    {408, "E-TIMEOUT"},     {413, "E-BODY-LIMIT"}, {415, "E-MEDIA-TYPE"}, {417, "E-EXPECTATION"},
    {422, "E-USAGE"},       {429, "E-BUSY"},       {431, "E-HEAD-LIMIT"}, {500, "E-INTERNAL"},
    {503, "E-UNAVAILABLE"}, {505, "E-VERSION"},
};

// What a picture or a parameter is the cause of; all others are the server's own: 500.
struct CodeStatus {
  ErrorCode code;
  int status;
};
constexpr CodeStatus kStatuses[] = {
    {ErrorCode::kUsage, 422},       {ErrorCode::kInputFormat, 422}, {ErrorCode::kInputShape, 422},
    {ErrorCode::kInputLimit, 422},  {ErrorCode::kModelLimit, 422},  {ErrorCode::kOutput, 422},
    {ErrorCode::kOutOfMemory, 503}, {ErrorCode::kNoThreads, 503},
};

Response json_error(int status, std::string_view name, const std::string& message,
                    const std::string& hint) {
  cli::Json report = cli::new_report("serve");
  report["error"] = {{"status", status},
                     {"name", name},
                     {"message", message},
                     {"hint", hint.empty() ? cli::Json(nullptr) : cli::Json(hint)}};
  Response response = text_response("application/json", cli::json_line(report));
  response.status = status;
  return response;
}

}  // namespace

Response error_response(int status, const std::string& message, const std::string& hint) {
  const auto* row = std::find_if(std::begin(kNames), std::end(kNames),
                                 [&](const StatusName& each) { return each.status == status; });
  return json_error(status, row == std::end(kNames) ? "E-REQUEST" : row->name, one_line(message),
                    hint);
}

Response error_response(const Error& error, int status) {
  const auto* row = std::find_if(std::begin(kStatuses), std::end(kStatuses),
                                 [&](const CodeStatus& each) { return each.code == error.code(); });
  if (status == 0) status = row == std::end(kStatuses) ? 500 : row->status;
  return json_error(status, error_name(error.code()), error.what(), error.hint());
}

Response current_error_response() {
  try {
    throw;
  } catch (const Malformed& error) {
    return error_response(400, error.what());
  } catch (...) {
    return error_response(cli::current_error());
  }
}

}  // namespace u2net::serve
