// SPDX-License-Identifier: Apache-2.0
#include "engine/base/error.h"

namespace u2net::engine {

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

namespace {

constexpr std::size_t kMaxMessageBytes = 8192, kEndBytes = 1024;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The middle of what would be longer than anybody reads: the end says why.
void shorten(std::string& text) {
  if (text.size() <= kMaxMessageBytes) return;
  std::size_t begin = kMaxMessageBytes - kEndBytes, end = text.size() - kEndBytes;
  while (begin > 0 && continues_character(text[begin])) --begin;
  while (end < text.size() && continues_character(text[end])) ++end;
  text.replace(begin, end - begin, "...");
}

}  // namespace

void throw_error_of(ErrorCode code, TextPieces message) { throw Error(code, str_cat(message)); }
void throw_error(ErrorCode code, const char* message) { throw Error(code, message); }

std::string one_line(std::string text) {
  shorten(text);
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

}  // namespace u2net::engine
