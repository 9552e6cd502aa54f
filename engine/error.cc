// SPDX-License-Identifier: Apache-2.0
#include "engine/error.h"

namespace u2net {

std::string_view error_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return "E-USAGE";
    case ErrorCode::kModelNotFound:
      return "E-MODEL-NOT-FOUND";
    case ErrorCode::kModelFormat:
      return "E-MODEL-FORMAT";
    case ErrorCode::kModelParams:
      return "E-MODEL-PARAMS";
    case ErrorCode::kModelUnsupported:
      return "E-MODEL-UNSUPPORTED";
    case ErrorCode::kModelLimit:
      return "E-MODEL-LIMIT";
    case ErrorCode::kInputNotFound:
      return "E-INPUT-NOT-FOUND";
    case ErrorCode::kInputFormat:
      return "E-INPUT-FORMAT";
    case ErrorCode::kInputShape:
      return "E-INPUT-SHAPE";
    case ErrorCode::kInputLimit:
      return "E-INPUT-LIMIT";
    case ErrorCode::kOutput:
      return "E-OUTPUT";
    case ErrorCode::kModeUnavailable:
      return "E-MODE-UNAVAILABLE";
    case ErrorCode::kOutOfMemory:
      return "E-OUT-OF-MEMORY";
    case ErrorCode::kNoThreads:
      return "E-NO-THREADS";
    case ErrorCode::kInternal:
      return "E-INTERNAL";
  }
  return "E-INTERNAL";
}

std::string one_line(std::string text) {
  for (char& c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7F) c = '?';
  }
  return text;
}

bool is_lack_of_threads(const std::system_error& error) {
  return error.code() == std::errc::resource_unavailable_try_again;
}

Error lack_of_threads() {
  return {ErrorCode::kNoThreads, "the system starts no more threads",
          "ask for fewer, or raise the limit (ulimit -u, or pids.max of the control group)"};
}

}  // namespace u2net
