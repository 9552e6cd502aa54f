// SPDX-License-Identifier: Apache-2.0
// What the command returns to the shell. Documented for scripts: never renumber.
#pragma once

#include "engine/base/error.h"

namespace u2net::cli {
using namespace engine;

enum ExitCode : int {
  kExitOk = 0,
  kExitSomeFailed = 1,  // some of several inputs; the others are done
  kExitUsage = 2,
  kExitModel = 3,
  kExitInput = 4,
  kExitOutput = 5,
  kExitMode = 6,
  kExitResources = 7,  // no memory or no threads
  kExitInternal = 70,
};

ExitCode exit_code(ErrorCode code);

}  // namespace u2net::cli
