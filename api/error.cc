// SPDX-License-Identifier: Apache-2.0
#include "engine/base/error.h"

#include "api/internals.h"
#include "engine/base/text.h"
#include "kernels/base/fork.h"

namespace u2net {

using engine::str_cat;
inline namespace v1 {
namespace {

ErrorCode code_of(engine::ErrorCode code) {
  switch (code) {
    case engine::ErrorCode::kUsage:
      return ErrorCode::kUsage;
    case engine::ErrorCode::kModelNotFound:
      return ErrorCode::kModelNotFound;
    case engine::ErrorCode::kModelFormat:
      return ErrorCode::kModelFormat;
    case engine::ErrorCode::kModelParams:
      return ErrorCode::kModelParams;
    case engine::ErrorCode::kModelUnsupported:
      return ErrorCode::kModelUnsupported;
    case engine::ErrorCode::kModelLimit:
      return ErrorCode::kModelLimit;
    case engine::ErrorCode::kInputShape:
      return ErrorCode::kInputShape;
    case engine::ErrorCode::kInputLimit:
      return ErrorCode::kInputLimit;
    case engine::ErrorCode::kModeUnavailable:
      return ErrorCode::kModeUnavailable;
    case engine::ErrorCode::kNoThreads:
      return ErrorCode::kNoThreads;
    // Of files that the library does not touch, and what it says by std::bad_alloc.
    case engine::ErrorCode::kInputNotFound:
    case engine::ErrorCode::kInputFormat:
    case engine::ErrorCode::kOutput:
    case engine::ErrorCode::kOutOfMemory:
    case engine::ErrorCode::kInternal:
      break;
  }
  return ErrorCode::kInternal;
}

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return error_name(engine::ErrorCode::kUsage);
    case ErrorCode::kModelNotFound:
      return error_name(engine::ErrorCode::kModelNotFound);
    case ErrorCode::kModelFormat:
      return error_name(engine::ErrorCode::kModelFormat);
    case ErrorCode::kModelParams:
      return error_name(engine::ErrorCode::kModelParams);
    case ErrorCode::kModelUnsupported:
      return error_name(engine::ErrorCode::kModelUnsupported);
    case ErrorCode::kModelLimit:
      return error_name(engine::ErrorCode::kModelLimit);
    case ErrorCode::kInputShape:
      return error_name(engine::ErrorCode::kInputShape);
    case ErrorCode::kInputLimit:
      return error_name(engine::ErrorCode::kInputLimit);
    case ErrorCode::kModeUnavailable:
      return error_name(engine::ErrorCode::kModeUnavailable);
    case ErrorCode::kNoThreads:
      return error_name(engine::ErrorCode::kNoThreads);
    case ErrorCode::kInternal:
      break;
  }
  return error_name(engine::ErrorCode::kInternal);
}

}  // namespace

Error::Error(ErrorCode code, const std::string& message, std::string hint)
    : std::runtime_error(engine::one_line(message)),
      code_(code),
      hint_(engine::one_line(std::move(hint))) {}
Error::Error(const Error&) = default;
Error::~Error() = default;
std::string Error::name() const { return std::string(name_of(code_)); }

Error translated(const engine::Error& error) {
  return Error(code_of(error.code()), error.what(), error.hint());
}

bool Busy::enter(const char* what, bool take_over) {
  const std::uint32_t here = kernels::fork_generation() + 1;
  std::uint32_t state = kFree;
  if (state_.compare_exchange_strong(state, here)) return false;
  if (state == here) {
    throw Error(ErrorCode::kUsage,
                str_cat("a ", what, " is for one thread at a time, and another one is in it"),
                str_cat("make one ", what, " a thread, of one Model"));
  }
  if (take_over && state_.compare_exchange_strong(state, here)) return true;
  throw Error(ErrorCode::kUsage,
              str_cat("another thread was in this ", what, " when the process forked"),
              str_cat("make a ", what, " of the same Model in the new process"));
}

bool Busy::is_lost() const {
  const std::uint32_t state = state_;
  return state != kFree && state != kernels::fork_generation() + 1;
}

}  // namespace v1
}  // namespace u2net
