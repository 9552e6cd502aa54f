// SPDX-License-Identifier: Apache-2.0
// The one exception type of the library. A message is one line that names what failed, the object
// (file, variable, operator) and both values where two disagree; a hint is one action to take.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace u2net {

// Stable: the names are printed, e.g. "[E-MODEL-FORMAT]", and scripts may rely on them.
enum class ErrorCode {
  kUsage,             // an argument or option that makes no sense
  kModelNotFound,     // a model or parameter file cannot be opened or read
  kModelFormat,       // the bytes are not a (whole, consistent) Paddle program
  kModelParams,       // the parameter file does not fit the program
  kModelUnsupported,  // a valid program that needs what this engine does not have
  kModelLimit,        // a size cap was exceeded
  kInputNotFound,     // an input file cannot be opened or read
  kInputFormat,       // an input file is damaged or of an unknown kind
  kInputShape,        // wrong name, shape or type of an input
  kInputLimit,        // an input is larger than allowed
  kOutput,            // an output cannot be written
  kModeUnavailable,   // a mode that this build does not contain
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

}  // namespace u2net
