// SPDX-License-Identifier: Apache-2.0
// The one exception type of the library. A message is one line that names what failed, the object
// (file, variable, operator) and both values where two disagree; a hint is one action to take.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/base/text.h"

namespace u2net::engine {

// Stable: the names are printed, e.g. "[E-MODEL-FORMAT]", and scripts may rely on them.
enum class ErrorCode {
  kUsage,             // an argument or option that makes no sense
  kModelNotFound,     // a model or parameter file cannot be opened or read
  kModelFormat,       // the bytes are not a (whole, consistent) program
  kModelParams,       // the parameter file does not fit the program
  kModelUnsupported,  // a valid program that needs what this engine does not have
  kModelLimit,        // a size cap was exceeded
  kInputNotFound,     // an input file cannot be opened or read
  kInputFormat,       // an input file is damaged or of an unknown kind
  kInputShape,        // wrong name, shape or type of an input
  kInputLimit,        // an input is larger than allowed
  kOutput,            // an output cannot be written
  kModeUnavailable,   // a mode that this build does not contain, or a forked process cannot run
  kOutOfMemory,       // memory cannot be had; the engine itself throws std::bad_alloc
  kNoThreads,         // threads cannot be started; the engine itself throws std::system_error
  kInternal,          // a bug in the engine
};

// "E-MODEL-FORMAT" and so on.
std::string_view error_name(ErrorCode code);

// Control characters as '?', and of a long text its beginning and its end: names from files are
// quoted in messages.
std::string one_line(std::string text);

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string message, std::string hint = {})
      : std::runtime_error(one_line(std::move(message))),
        code_(code),
        hint_(one_line(std::move(hint))) {}

  ErrorCode code() const { return code_; }
  const std::string& hint() const { return hint_; }

 private:
  ErrorCode code_;
  std::string hint_;
};

// Throws Error(code, str_cat(message...)): in one call, where the other takes some. What may throw
// in many places has a function fail(why...) of that kind, that says where.
[[noreturn]] void throw_error_of(ErrorCode code, TextPieces message);
[[noreturn]] void throw_error(ErrorCode code, const char* message);
template <class... Pieces>
[[noreturn]] inline __attribute__((always_inline)) void throw_error(ErrorCode code,
                                                                    const Pieces&... message) {
  const TextPiece list[] = {TextPiece(message)...};
  throw_error_of(code, list);
}

constexpr std::string_view kOutOfMemoryMessage = "memory ran out";

// What std::thread throws where the system has no more of them, for whoever hands errors on.
bool is_lack_of_threads(const std::system_error& error);
Error lack_of_threads();

}  // namespace u2net::engine
