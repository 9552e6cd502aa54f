// SPDX-License-Identifier: Apache-2.0
// How readers of programs end: what they found is no file of its format, or says what this engine
// does not do. `why` names the file's part.
#pragma once

#include "engine/base/error.h"

namespace u2net::engine {

template <class... Pieces>
[[noreturn]] inline __attribute__((always_inline)) void fail_format(const Pieces&... why) {
  throw_error(ErrorCode::kModelFormat, why...);
}

template <class... Pieces>
[[noreturn]] inline __attribute__((always_inline)) void fail_unsupported(const Pieces&... why) {
  throw_error(ErrorCode::kModelUnsupported, why...);
}

}  // namespace u2net::engine
