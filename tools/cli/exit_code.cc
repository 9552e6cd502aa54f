// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exit_code.h"

namespace u2net::cli {

ExitCode exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return kExitUsage;
    case ErrorCode::kModelNotFound:
    case ErrorCode::kModelFormat:
    case ErrorCode::kModelParams:
    case ErrorCode::kModelUnsupported:
    case ErrorCode::kModelLimit:
      return kExitModel;
    case ErrorCode::kInputNotFound:
    case ErrorCode::kInputFormat:
    case ErrorCode::kInputShape:
    case ErrorCode::kInputLimit:
      return kExitInput;
    case ErrorCode::kOutput:
      return kExitOutput;
    case ErrorCode::kModeUnavailable:
      return kExitMode;
    case ErrorCode::kOutOfMemory:
    case ErrorCode::kNoThreads:
      return kExitResources;
    case ErrorCode::kInternal:
      return kExitInternal;
  }
  return kExitInternal;
}

}  // namespace u2net::cli
