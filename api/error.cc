// SPDX-License-Identifier: Apache-2.0
#include "engine/base/error.h"

#include "api/internals.h"
#include "kernels/base/fork.h"

namespace u2net::v1 {
namespace {

ErrorCode code_of(u2net::ErrorCode code) {
  switch (code) {
    case u2net::ErrorCode::kUsage:
      return ErrorCode::kUsage;
    case u2net::ErrorCode::kModelNotFound:
      return ErrorCode::kModelNotFound;
    case u2net::ErrorCode::kModelFormat:
      return ErrorCode::kModelFormat;
    case u2net::ErrorCode::kModelParams:
      return ErrorCode::kModelParams;
    case u2net::ErrorCode::kModelUnsupported:
      return ErrorCode::kModelUnsupported;
    case u2net::ErrorCode::kModelLimit:
      return ErrorCode::kModelLimit;
    case u2net::ErrorCode::kInputShape:
      return ErrorCode::kInputShape;
    case u2net::ErrorCode::kInputLimit:
      return ErrorCode::kInputLimit;
    case u2net::ErrorCode::kModeUnavailable:
      return ErrorCode::kModeUnavailable;
    case u2net::ErrorCode::kNoThreads:
      return ErrorCode::kNoThreads;
    // Of files that the library does not touch, and what it says by std::bad_alloc.
    case u2net::ErrorCode::kInputNotFound:
    case u2net::ErrorCode::kInputFormat:
    case u2net::ErrorCode::kOutput:
    case u2net::ErrorCode::kOutOfMemory:
    case u2net::ErrorCode::kInternal:
      break;
  }
  return ErrorCode::kInternal;
}

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return error_name(u2net::ErrorCode::kUsage);
    case ErrorCode::kModelNotFound:
      return error_name(u2net::ErrorCode::kModelNotFound);
    case ErrorCode::kModelFormat:
      return error_name(u2net::ErrorCode::kModelFormat);
    case ErrorCode::kModelParams:
      return error_name(u2net::ErrorCode::kModelParams);
    case ErrorCode::kModelUnsupported:
      return error_name(u2net::ErrorCode::kModelUnsupported);
    case ErrorCode::kModelLimit:
      return error_name(u2net::ErrorCode::kModelLimit);
    case ErrorCode::kInputShape:
      return error_name(u2net::ErrorCode::kInputShape);
    case ErrorCode::kInputLimit:
      return error_name(u2net::ErrorCode::kInputLimit);
    case ErrorCode::kModeUnavailable:
      return error_name(u2net::ErrorCode::kModeUnavailable);
    case ErrorCode::kNoThreads:
      return error_name(u2net::ErrorCode::kNoThreads);
    case ErrorCode::kInternal:
      break;
  }
  return error_name(u2net::ErrorCode::kInternal);
}

}  // namespace

Error::Error(ErrorCode code, const std::string& message, std::string hint)
    : std::runtime_error(one_line(message)), code_(code), hint_(one_line(std::move(hint))) {}
Error::Error(const Error&) = default;
Error::~Error() = default;
std::string Error::name() const { return std::string(name_of(code_)); }

Error translated(const u2net::Error& error) {
  return Error(code_of(error.code()), error.what(), error.hint());
}

bool Busy::enter(const char* what, bool take_over) {
  const std::uint32_t here = fork_generation() + 1;
  std::uint32_t state = kFree;
  if (state_.compare_exchange_strong(state, here)) return false;
  if (state == here) {
    throw Error(ErrorCode::kUsage,
                std::string("a ") + what + " is for one thread at a time, and another one is in it",
                std::string("make one ") + what + " a thread, of one Model");
  }
  if (take_over && state_.compare_exchange_strong(state, here)) return true;
  throw Error(ErrorCode::kUsage,
              std::string("another thread was in this ") + what + " when the process forked",
              std::string("make a ") + what + " of the same Model in the new process");
}

bool Busy::is_lost() const {
  const std::uint32_t state = state_;
  return state != kFree && state != fork_generation() + 1;
}

}  // namespace u2net::v1
